"""/os-keypairs over a real conductor."""

from __future__ import annotations

import logging

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.functional.api.samples import dated, differences, shape

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl user@example.com"
FINGERPRINT = "65:96:2d:fc:e8:d5:a9:11:64:0c:0f:ea:00:6e:5b:bd"
SK = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIGZha2UtcHVibGljLWtleS1vZi0zMi1ieXRlcy0x"
ROOT = "/os-keypairs"


@pytest.fixture
def alice(cloud, conductor):
    return cloud.client()


@pytest.fixture
def admin(cloud, conductor):
    return cloud.client("admin", "admin")


def bring(client, name="mine", version="2.1", **more):
    return client("POST", ROOT, {"keypair": {"name": name, "public_key": ED25519, **more}}, version=version)


@pytest.mark.parametrize("document,version,wanted", dated("os-keypairs"))
def test_the_shapes_are_those_of_the_samples(alice, document, version, wanted):
    text = f"2.{version}"
    brought = bring(alice, version=text)
    bring(alice, "other")
    answers = {
        "keypairs-import-post": lambda: brought,
        "keypairs-post": lambda: alice("POST", ROOT, {"keypair": {"name": "made"}}, version=text),
        "keypairs": lambda: alice("GET", f"{ROOT}/mine", version=text),
        "keypairs-list": lambda: alice("GET", f"{ROOT}?limit=1", version=text),
        "keypairs-list-user2": lambda: alice("GET", f"{ROOT}?limit=1&user_id=alice", version=text),
    }
    assert not differences(shape(answers[document]().json), wanted)


def test_a_brought_key(alice):
    answer = bring(alice)
    assert answer.status_int == 200 and "private_key" not in answer.json["keypair"]
    assert answer.json["keypair"]["fingerprint"] == FINGERPRINT
    assert answer.json["keypair"]["public_key"] == ED25519 and answer.json["keypair"]["user_id"] == "alice"
    shown = alice("GET", f"{ROOT}/mine").json["keypair"]
    assert shown["fingerprint"] == FINGERPRINT and shown["deleted"] is False and shown["created_at"]
    assert bring(alice).status_int == 409
    assert alice("DELETE", f"{ROOT}/mine").status_int == 202
    assert alice("DELETE", f"{ROOT}/mine").status_int == 404 and alice("GET", f"{ROOT}/mine").status_int == 404


def test_success_codes_change_with_2_2(alice):
    assert bring(alice, version="2.2").status_int == 201
    assert alice("DELETE", f"{ROOT}/mine", version="2.2").status_int == 204


def test_a_made_key_shows_its_private_half_once_and_nowhere_else(alice, database, caplog):
    caplog.set_level(logging.DEBUG)
    made = alice("POST", ROOT, {"keypair": {"name": "made"}}).json["keypair"]
    private = load_pem_private_key(made["private_key"].encode(), None)
    assert made["private_key"].startswith("-----BEGIN RSA PRIVATE KEY-----") and private.key_size == 2048
    assert made["public_key"].startswith("ssh-rsa ") and made["public_key"].endswith(" Generated-by-Nova")
    assert "private_key" not in alice("GET", f"{ROOT}/made").json["keypair"]
    secret = made["private_key"].splitlines()[3]
    assert secret not in caplog.text
    dump = database.read(lambda conn: "\n".join(conn.connection.driver_connection.iterdump()))
    assert made["public_key"] in dump and secret not in dump


def test_a_certificate_is_made_or_brought(alice):
    body = {"keypair": {"name": "made", "type": "x509"}}
    made = alice("POST", ROOT, body, version="2.2").json["keypair"]
    certificate = x509.load_pem_x509_certificate(made["public_key"].encode())
    assert certificate.subject.rfc4514_string() == "CN=alice" and made["type"] == "x509"
    private = load_pem_private_key(made["private_key"].encode(), None)
    assert private.public_key() == certificate.public_key()
    brought = bring(alice, "brought", "2.2", type="x509", public_key=made["public_key"]).json["keypair"]
    assert brought["fingerprint"] == made["fingerprint"] and brought["fingerprint"].count(":") == 19
    assert bring(alice, "wrong", "2.2", type="x509").status_int == 400
    assert alice("POST", ROOT, body, version="2.1").status_int == 400


def test_a_key_of_a_token_device(alice):
    assert bring(alice, public_key=f"{SK} me").status_int == 200
    assert bring(alice, "two", public_key=SK.replace("sk-ssh", "sk-ecdsa", 1)).status_int == 400


@pytest.mark.parametrize(
    "change,version",
    [
        ({"name": ""}, "2.1"),
        ({"name": " mine"}, "2.1"),
        ({"name": "x" * 256}, "2.1"),
        ({"name": "a@b.c"}, "2.91"),
        ({"name": "a/b"}, "2.92"),
        ({"public_key": ""}, "2.1"),
        ({"public_key": "ssh-rsa"}, "2.1"),
        ({"public_key": "ssh-rsa not-base64!"}, "2.1"),
        ({"public_key": "ssh-rsa AAAA"}, "2.1"),
        ({"public_key": ED25519.replace("ssh-ed25519", "ssh-rsa", 1)}, "2.1"),
        ({"public_key": "é" * 20}, "2.1"),
        ({"public_key": "ssh-rsa " + "A" * 20000}, "2.1"),
        ({"public_key": 1}, "2.1"),
        ({"type": "ssh"}, "2.1"),
        ({"type": "pgp"}, "2.2"),
        ({"user_id": "bob"}, "2.9"),
        ({"unknown": 1}, "2.1"),
    ],
)
def test_bad_keys_are_refused_with_the_fields_name(alice, change, version):
    answer = bring(alice, version=version, **change)
    assert answer.status_int == 400
    assert next(iter(change)) in answer.json["badRequest"]["message"]
    assert alice("GET", ROOT).json == {"keypairs": []}


def test_keys_are_no_longer_made_from_2_92_and_names_are_freer(alice):
    assert alice("POST", ROOT, {"keypair": {"name": "made"}}, version="2.91").status_int == 201
    assert alice("POST", ROOT, {"keypair": {"name": "more"}}, version="2.92").status_int == 400
    assert bring(alice, "a@b.c", "2.92").json["keypair"]["name"] == "a@b.c"


def test_the_old_root_strips_names(alice):
    answer = alice("POST", ROOT, {"keypair": {"name": " mine ", "public_key": ED25519, "more": 1}}, root="/v2")
    assert answer.status_int == 200 and answer.json["keypair"]["name"] == "mine"


def test_keys_belong_to_users_whatever_their_project(alice, admin, cloud):
    bring(alice)
    assert cloud.client("alice", "p2")("GET", f"{ROOT}/mine").status_int == 200
    bob = cloud.client("bob", "p1")
    assert bob("GET", ROOT).json == {"keypairs": []}
    assert bob("GET", f"{ROOT}?user_id=alice", version="2.10").status_int == 403
    assert bob("GET", f"{ROOT}/mine?user_id=alice", version="2.10").status_int == 403
    assert bob("DELETE", f"{ROOT}/mine?user_id=alice", version="2.10").status_int == 403
    assert bring(bob, "x", "2.10", user_id="alice").status_int == 403
    assert len(admin("GET", f"{ROOT}?user_id=alice", version="2.10").json["keypairs"]) == 1
    assert admin("GET", f"{ROOT}?user_id=alice", version="2.9").json == {"keypairs": []}
    assert bring(admin, "given", "2.10", user_id="alice").json["keypair"]["user_id"] == "alice"
    assert alice("GET", f"{ROOT}/given").status_int == 200
    assert admin("DELETE", f"{ROOT}/given?user_id=alice", version="2.10").status_int == 204


def test_lists_are_paged_from_2_35(alice):
    for name in ("b", "c", "a"):
        bring(alice, name)

    def names(query, version="2.35"):
        answer = alice("GET", f"{ROOT}?{query}", version=version)
        return [entry["keypair"]["name"] for entry in answer.json["keypairs"]] if answer.status_int == 200 else 400

    assert names("") == ["a", "b", "c"] and names("limit=1", "2.34") == ["a", "b", "c"]
    assert names("limit=2") == ["a", "b"] and names("limit=2&marker=b") == ["c"]
    assert names("marker=nobody") == 400 and names("limit=x") == 400
    assert names("unknown=1") == ["a", "b", "c"] and names("unknown=1", "2.75") == 400
    (link,) = alice("GET", f"{ROOT}?limit=1", version="2.35").json["keypairs_links"]
    assert link["href"].endswith("/v2.1/os-keypairs?limit=1&marker=a")


def test_unknown_query_keys_are_refused_from_2_75_also_when_deleting(alice):
    bring(alice)
    assert alice("DELETE", f"{ROOT}/mine?unknown=1", version="2.75").status_int == 400
    assert alice("DELETE", f"{ROOT}/mine?unknown=1", version="2.74").status_int == 204


def test_too_many_keys_are_refused(alice, admin):
    admin("PUT", "/os-quota-sets/p1", {"quota_set": {"key_pairs": 1}})
    assert bring(alice).status_int == 200
    refused = bring(alice, "two")
    assert refused.status_int == 403 and "key_pairs" in refused.json["forbidden"]["message"]
