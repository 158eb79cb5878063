"""/os-quota-sets, /os-quota-class-sets and /limits over a real conductor."""

from __future__ import annotations

import pytest

from tests.functional.api.samples import dated, differences, shape
from tests.functional.conductor.rows import add_server

P1 = "/os-quota-sets/p1"
NOVA = "/os-quota-class-sets/nova"


@pytest.fixture
def admin(cloud, conductor):
    return cloud.client("admin", "admin")


@pytest.fixture
def alice(cloud, conductor):
    return cloud.client()


@pytest.mark.parametrize("document,version,wanted", dated("os-quota-sets"))
def test_the_shapes_of_quota_sets_are_those_of_the_samples(admin, document, version, wanted):
    asked = {
        "quotas-show": ("GET", P1, None),
        "quotas-show-defaults": ("GET", f"{P1}/defaults", None),
        "quotas-show-detail": ("GET", f"{P1}/detail", None),
        "quotas-update-post": ("PUT", P1, {"quota_set": {"cores": 45}}),
        "user-quotas-show": ("GET", f"{P1}?user_id=alice", None),
        "user-quotas-update-post": ("PUT", f"{P1}?user_id=alice", {"quota_set": {"instances": 9, "force": "True"}}),
    }
    assert not differences(shape(admin(*asked[document], version=f"2.{version}").json), wanted)


@pytest.mark.parametrize("document,version,wanted", dated("os-quota-class-sets"))
def test_the_shapes_of_classes_are_those_of_the_samples(admin, document, version, wanted):
    asked = {
        "quota-classes-show": ("GET", NOVA, None),
        "quota-classes-update-post": ("PUT", NOVA, {"quota_class_set": {"cores": 50}}),
    }
    assert not differences(shape(admin(*asked[document], version=f"2.{version}").json), wanted)


@pytest.mark.parametrize("document,version,wanted", dated("limits"))
def test_the_shapes_of_limits_are_those_of_the_samples(alice, document, version, wanted):
    assert not differences(shape(alice("GET", "/limits", version=f"2.{version}").json), wanted)


@pytest.mark.parametrize(
    "version,gone",
    [
        ("2.35", set()),
        ("2.36", {"maxTotalFloatingIps", "maxSecurityGroups", "totalFloatingIpsUsed", "totalSecurityGroupsUsed"}),
        ("2.39", {"maxImageMeta"}),
        ("2.57", {"maxPersonality", "maxPersonalitySize"}),
    ],
)
def test_limits_lose_what_their_microversion_drops(alice, version, gone):
    shown = set(alice("GET", "/limits", version=version).json["limits"]["absolute"])
    assert not shown & gone and "maxTotalCores" in shown


def test_limits_are_set_and_set_back(admin, alice):
    changed = admin("PUT", P1, {"quota_set": {"cores": "45", "ram": -1}})
    assert changed.json["quota_set"]["cores"] == 45 and changed.json["quota_set"]["ram"] == -1
    assert "id" not in changed.json["quota_set"]
    assert alice("GET", P1).json["quota_set"]["cores"] == 45 and alice("GET", P1).json["quota_set"]["id"] == "p1"
    assert alice("GET", f"{P1}/defaults").json["quota_set"]["cores"] == 20
    assert alice("GET", "/limits").json["limits"]["absolute"]["maxTotalCores"] == 45
    assert admin("DELETE", P1).status_int == 202
    assert alice("GET", P1).json["quota_set"]["cores"] == 20


def test_use_is_counted(admin, alice, database):
    database.transaction(lambda conn: add_server(conn, vcpus=2))
    assert alice("GET", f"{P1}/detail").json["quota_set"]["cores"] == {"limit": 20, "in_use": 2, "reserved": 0}
    assert alice("GET", "/limits?reserved=1").json["limits"]["absolute"]["totalCoresUsed"] == 2
    refused = admin("PUT", P1, {"quota_set": {"cores": 1}})
    assert refused.status_int == 400 and "cores" in refused.json["badRequest"]["message"]
    forced = admin("PUT", P1, {"quota_set": {"cores": 1, "force": True}})
    assert forced.json["quota_set"]["cores"] == 1


def test_a_user_may_have_less_than_the_project(admin, alice):
    assert admin("PUT", f"{P1}?user_id=bob", {"quota_set": {"cores": 5}}).json["quota_set"]["cores"] == 5
    assert admin("GET", f"{P1}?user_id=bob").json["quota_set"]["cores"] == 5
    assert admin("GET", f"{P1}/detail?user_id=bob").json["quota_set"]["cores"]["limit"] == 5
    assert alice("GET", P1).json["quota_set"]["cores"] == 20
    assert admin("PUT", f"{P1}?user_id=bob", {"quota_set": {"cores": 21}}).status_int == 400
    assert admin("DELETE", f"{P1}?user_id=bob").status_int == 202
    assert admin("GET", f"{P1}?user_id=bob").json["quota_set"]["cores"] == 20


def test_others_limits_are_not_shown(alice, admin):
    for path in ("/os-quota-sets/p2", "/os-quota-sets/p2/detail", "/limits?tenant_id=p2", NOVA):
        assert alice("GET", path).status_int == 403, path
        assert admin("GET", path).status_int == 200, path
    assert alice("GET", "/limits?tenant_id=p1").status_int == 200
    assert alice("GET", "/os-quota-sets/p2/defaults").status_int == 200
    assert alice("PUT", P1, {"quota_set": {"cores": 1}}).status_int == 403
    assert alice("DELETE", P1).status_int == 403
    assert alice("PUT", NOVA, {"quota_class_set": {"cores": 1}}).status_int == 403


def test_the_default_class_is_everybodys(admin, alice):
    admin("PUT", "/os-quota-class-sets/default", {"quota_class_set": {"cores": 7}})
    assert alice("GET", P1).json["quota_set"]["cores"] == 7
    assert admin("GET", "/os-quota-class-sets/default").json["quota_class_set"]["cores"] == 7
    assert admin("GET", NOVA).json["quota_class_set"]["cores"] == 20


@pytest.mark.parametrize(
    "limits,version",
    [
        ({"cores": -2}, "2.1"),
        ({"cores": "-2"}, "2.1"),
        ({"cores": 2**31}, "2.1"),
        ({"cores": str(2**31)}, "2.1"),
        ({"cores": "many"}, "2.1"),
        ({"cores": None}, "2.1"),
        ({"volumes": 1}, "2.1"),
        ({"fixed_ips": 1}, "2.50"),
        ({"injected_files": 1}, "2.57"),
    ],
)
def test_bad_limits_are_refused_with_their_name(admin, limits, version):
    for path, key in ((P1, "quota_set"), (NOVA, "quota_class_set")):
        answer = admin("PUT", path, {key: limits}, version=version)
        assert answer.status_int == 400
        assert next(iter(limits)) in answer.json["badRequest"]["message"]


def test_the_old_root_drops_what_it_does_not_know(admin):
    body = {"quota_set": {"cores": 7, "tenant_id": "p1", "volumes": ["x"]}, "more": 1}
    assert admin("PUT", P1, body, root="/v2").json["quota_set"]["cores"] == 7
    assert admin("PUT", P1, {"quota_set": {"cores": "many"}}, root="/v2").status_int == 400


def test_network_quotas_end_with_2_36_and_for_classes_with_2_50(admin):
    assert admin("PUT", P1, {"quota_set": {"fixed_ips": 1}}, version="2.35").status_int == 200
    assert admin("PUT", P1, {"quota_set": {"fixed_ips": 1}}, version="2.36").status_int == 400
    assert admin("PUT", NOVA, {"quota_class_set": {"fixed_ips": 1}}, version="2.49").status_int == 200


def test_unknown_query_keys(admin, alice):
    assert admin("GET", f"{P1}?x=1", version="2.74").status_int == 200
    assert admin("GET", f"{P1}?x=1", version="2.75").status_int == 400
    assert admin("GET", f"{P1}/defaults?x=1", version="2.103").status_int == 200
    assert alice("GET", "/limits?reserved=1", version="2.75").status_int == 400


def test_unknown_query_keys_are_refused_from_2_75_whatever_is_done(admin):
    body = {"quota_set": {"cores": 5}}
    for method, sent in (("GET", None), ("PUT", body), ("DELETE", None)):
        assert admin(method, f"{P1}?unknown=1", sent, version="2.74").status_int in (200, 202)
        assert admin(method, f"{P1}?unknown=1", sent, version="2.75").status_int == 400
    assert admin("GET", "/limits?reserved=1", version="2.74").status_int == 200
    assert admin("GET", "/limits?reserved=1", version="2.75").status_int == 400
