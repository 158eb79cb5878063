"""What clients must not say is refused with words that name it, over real HTTP, and nothing is made."""

from __future__ import annotations

import base64
import errno
import json
import socket
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.people import Keystone, User

NOWHERE = str(uuid.uuid4())
LONG = "x" * 256


def text(size: int) -> str:
    """So many bytes as base64."""
    return base64.b64encode(b"x" * size).decode()


# What is wrong with a create: the changed keys, and a word that the message must contain.
CREATES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": ""}, "name"),
    ({"name": LONG}, "name"),
    ({"name": None}, "name"),
    ({"name": 5}, "name"),
    ({"name": "  "}, "name"),
    ({"flavorRef": NOWHERE}, "Flavor"),
    ({"flavorRef": ""}, "flavorRef"),
    ({"flavorRef": {}}, "flavorRef"),
    ({"imageRef": NOWHERE}, "Image"),
    ({"imageRef": "not a uuid"}, "imageRef"),
    ({"networks": [{"uuid": NOWHERE}]}, NOWHERE),
    ({"networks": [{"uuid": "x"}]}, "uuid"),
    ({"networks": [{"port": NOWHERE}]}, "port"),
    ({"networks": "some"}, "networks"),
    ({"networks": [{"uuid": NOWHERE}, {"uuid": NOWHERE}]}, NOWHERE),
    ({"networks": [{"uuid": NOWHERE, "fixed_ip": "300.1.1.1"}]}, "fixed_ip"),
    ({"min_count": 0}, "min_count"),
    ({"min_count": -1}, "min_count"),
    ({"min_count": 3, "max_count": 2}, "min_count"),
    ({"max_count": "many"}, "max_count"),
    ({"max_count": 2**70}, "out of bounds"),
    ({"key_name": "none such"}, "key_name"),
    ({"key_name": ""}, "key_name"),
    ({"security_groups": [{"name": "none such"}]}, "none such"),
    ({"security_groups": "default"}, "security_groups"),
    ({"user_data": "not base64 !"}, "user_data"),
    ({"user_data": text(50000)}, "user_data"),
    ({"config_drive": "perhaps"}, "config_drive"),
    ({"metadata": {"": "x"}}, "metadata"),
    ({"metadata": {LONG: "x"}}, "metadata"),
    ({"metadata": {"a": LONG}}, "metadata"),
    ({"metadata": {"a": 1}}, "metadata"),
    ({"metadata": []}, "metadata"),
    ({"tags": ["a,b"]}, "tags"),
    ({"tags": ["x" * 61]}, "tags"),
    ({"tags": [str(number) for number in range(51)]}, "tags"),
    ({"description": LONG}, "description"),
    ({"hostname": "bad_name!"}, "hostname"),
    ({"hostname": "x" * 300}, "hostname"),
    ({"accessIPv4": "1.2.3"}, "accessIPv4"),
    ({"accessIPv6": "1.2.3.4"}, "accessIPv6"),
    ({"adminPass": 5}, "adminPass"),
    ({"OS-DCF:diskConfig": "SOMETIMES"}, "diskConfig"),
    ({"availability_zone": "nowhere"}, "availability zone"),
    ({"availability_zone": LONG}, "availability_zone"),
    ({"availability_zone": "a:b:c:d"}, "availability_zone"),
    ({"block_device_mapping_v2": "x"}, "block_device_mapping_v2"),
    ({"block_device_mapping_v2": [{"source_type": "floppy"}]}, "source_type"),
    ({"block_device_mapping_v2": [{"boot_index": "first"}]}, "boot_index"),
    ({"personality": [{"path": "/a", "contents": ""}]}, "personality"),
    ({"unheard_of": 1}, "unheard_of"),
    ({"trusted_image_certificates": []}, "trusted_image_certificates"),
)


@pytest.fixture(scope="module")
def user(keystone: Keystone) -> Iterator[User]:
    """A member of a project that never has a server."""
    made = keystone.user(keystone.project(), "member")
    yield made
    assert made.servers() == {}


@pytest.mark.parametrize(("change", "word"), CREATES, ids=lambda value: str(value)[:40])
def test_a_create_is_refused(user: User, change: dict[str, Any], word: str) -> None:
    """400, and the message names what is wrong"""
    answer = user.send("POST", "/servers", user.wish(**change))
    assert answer.status_code == 400, answer.text
    assert word.lower() in answer.json()["badRequest"]["message"].lower()


WRONG_HINTS: list[dict[str, Any]] = [
    {"group": "x"},
    {"group": NOWHERE},
    {"same_host": ["x"]},
    {"different_host": "x"},
    {"build_near_host_ip": "x"},
]


@pytest.mark.parametrize("hints", WRONG_HINTS, ids=str)
def test_scheduler_hints(user: User, hints: dict[str, Any]) -> None:
    """The same beside the server's own keys"""
    answer = user.send("POST", "/servers", {**user.wish(), "os:scheduler_hints": hints})
    assert answer.status_code == 400, answer.text
    assert next(iter(hints)).split("_")[0] in answer.json()["badRequest"]["message"].lower()


def test_another_projects_things_are_not_there(user: User, member: User) -> None:
    """Private images, keys and servers in hints"""
    server = member.boot()
    for body in (
        user.wish(key_name="key-of-another"),
        {**user.wish(), "os:scheduler_hints": {"group": server}},
    ):
        assert user.send("POST", "/servers", body).status_code == 400
    for key in ("same_host", "different_host"):
        answer = user.send("POST", "/servers", {**user.wish(), "os:scheduler_hints": {key: server}})
        assert answer.status_code in (400, 202), answer.text
    user.clear()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'{"server": []}', "application/json"),
        (b'{"server": {}}', "application/json"),
        (b'{"server": NaN}', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"server: {}", "application/x-yaml"),
        (b"<server/>", "application/xml"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_bodies_that_are_none(user: User, raw: bytes, kind: str) -> None:
    """400 or 415, never 500"""
    url = user.stack.compute_url + "/servers"
    headers = {"Content-Type": kind, "OpenStack-API-Version": "compute 2.90"}
    answer = user.fetch("POST", url, data=raw, headers=headers)
    assert answer.status_code in (400, 415), answer.text
    assert answer.json()


def test_a_body_that_is_too_large(user: User) -> None:
    """413 before it is read"""
    answer = user.send("POST", "/servers", user.wish(metadata={"a": "x" * 400_000}))
    assert answer.status_code == 413, answer.text[:500]


@pytest.mark.parametrize("version", ["2.104", "9.9", "2.x", "0.1", "two", "2.1.1"])
def test_unknown_microversions(user: User, version: str) -> None:
    """400 for what is no version, 406 for one that is not served"""
    answer = user.send("GET", "/servers", version=version)
    assert answer.status_code in (400, 406), answer.text
    assert "version" in answer.text.lower()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/servers/not-a-uuid", 404),
        ("GET", f"/servers/{NOWHERE}", 404),
        ("DELETE", f"/servers/{NOWHERE}", 404),
        ("PATCH", "/servers", 405),
        ("GET", "/nothing", 404),
        ("GET", "/servers?limit=-1", 400),
        ("GET", "/servers?limit=x", 400),
        ("GET", f"/servers?marker={NOWHERE}", 400),
        ("GET", "/servers?sort_key=password", 400),
        ("GET", "/servers?changes-since=yesterday", 400),
        ("GET", "/servers?not_a_filter=1", 400),
        ("GET", "/servers/%00", 400),
        ("GET", "/servers/..%2f..%2fetc", 404),
    ],
)
def test_paths_and_queries(user: User, method: str, path: str, status: int) -> None:
    """The right status, with a fault in JSON"""
    answer = user.send(method, path)
    assert answer.status_code == status, answer.text
    assert json.loads(answer.text)


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"POST /v2.1/servers HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v2.1/servers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=lambda noise: str(noise[:24]),
)
def test_noise_on_the_socket(user: User, noise: bytes) -> None:
    """Whatever comes, the daemon answers an error or hangs up, and serves the next client"""
    with socket.create_connection((user.stack.address, 8774), timeout=10) as connection:
        connection.settimeout(10)
        try:
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(4096)
        except OSError as error:
            # Who sends too much may find the door shut before all is sent.
            assert error.errno in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN), error
            answer = b""
    assert not answer or answer.split(b" ")[1] in (b"400", b"401", b"413", b"414", b"431", b"505"), answer
    assert user.send("GET", "/servers").status_code == 200
