"""/os-security-groups and /os-security-group-rules over a real conductor."""

from __future__ import annotations

import pytest

from tests.functional.api.samples import dated, differences, shape

ROOT = "/os-security-groups"
RULES = "/os-security-group-rules"
WEB = {"security_group": {"name": "web", "description": "what the world sees"}}


@pytest.fixture
def alice(cloud, conductor):
    return cloud.client()


@pytest.fixture
def web(alice):
    """The number of a group of alice's."""
    return alice("POST", ROOT, WEB).json["security_group"]["id"]


def rule(alice, web, **more):
    body = {"parent_group_id": web, "ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "10.0.0.0/24"}
    return alice("POST", RULES, {"security_group_rule": {**body, **more}})


@pytest.mark.parametrize("document,version,wanted", dated("os-security-groups"))
def test_the_shapes_are_those_of_the_samples(alice, web, document, version, wanted):
    answers = {
        "security-groups-create": lambda: alice("POST", ROOT, {"security_group": {"name": "x", "description": "y"}}),
        "security-groups-list": lambda: alice("GET", ROOT),
        "security-group-rules-post": lambda: rule(alice, web),
    }
    assert not differences(shape(answers[document]().json), wanted)


def test_groups(alice, web):
    listed = alice("GET", ROOT).json["security_groups"]
    assert [group["name"] for group in listed] == ["default", "web"]
    shown = {"id": web, "name": "web", "description": "what the world sees", "tenant_id": "p1", "rules": []}
    assert alice("GET", f"{ROOT}/{web}").json == {"security_group": shown}
    changed = alice("PUT", f"{ROOT}/{web}", {"security_group": {"name": "www", "description": ""}})
    assert changed.json["security_group"]["name"] == "www"
    assert alice("DELETE", f"{ROOT}/{web}").status_int == 202
    assert alice("DELETE", f"{ROOT}/{web}").status_int == 404 and alice("GET", f"{ROOT}/{web}").status_int == 404


def test_lists_are_cut(alice, web, cloud):
    def names(query):
        return [group["name"] for group in alice("GET", f"{ROOT}?{query}").json["security_groups"]]

    assert names("limit=1") == ["default"] and names("offset=1") == ["web"] and names("limit=0") == ["default", "web"]
    assert names("limit=1&offset=5") == [] and names("all_tenants=1") == ["default", "web"]
    assert alice("GET", f"{ROOT}?limit=x").status_int == 400
    admin = cloud.client("admin", "admin")
    assert len(admin("GET", f"{ROOT}?all_tenants=1").json["security_groups"]) == 2
    assert [group["tenant_id"] for group in admin("GET", ROOT).json["security_groups"]] == ["admin"]


@pytest.mark.parametrize(
    "group,word",
    [
        ({"name": "", "description": "x"}, "name"),
        ({"name": "  ", "description": "x"}, "name"),
        ({"name": "x" * 256, "description": "x"}, "name"),
        ({"name": "x", "description": "x" * 256}, "description"),
        ({"name": "x"}, "description"),
        ({"name": 1, "description": "x"}, "name"),
        ({"name": "web", "description": "again"}, "web"),
        ({"name": "default", "description": "again"}, "default"),
    ],
)
def test_bad_groups(alice, web, group, word):
    answer = alice("POST", ROOT, {"security_group": group})
    assert answer.status_int == 400 and word in answer.json["badRequest"]["message"]


def test_the_default_group_stays(alice):
    (default,) = alice("GET", ROOT).json["security_groups"]
    assert alice("DELETE", f"{ROOT}/{default['id']}").status_int == 400
    assert alice("PUT", f"{ROOT}/{default['id']}", WEB).status_int == 400


def test_numbers(alice, web):
    for path in (ROOT, RULES):
        assert alice("DELETE", f"{path}/web").status_int == 400
        assert alice("DELETE", f"{path}/99").status_int == 404
        assert alice("DELETE", f"{path}/{'9' * 30}").status_int == 404
    assert alice("GET", f"{ROOT}/{web}x").status_int == 404


def test_groups_of_others_are_not_there(alice, web, cloud):
    bob = cloud.client("bob", "p2")
    assert bob("GET", f"{ROOT}/{web}").status_int == 404 and bob("DELETE", f"{ROOT}/{web}").status_int == 404
    assert rule(bob, web).status_int == 404
    made = rule(alice, web).json["security_group_rule"]
    assert bob("DELETE", f"{RULES}/{made['id']}").status_int == 404


def test_rules(alice, web):
    answer = rule(alice, str(web), from_port="80", to_port="443", ip_protocol="TCP")
    assert answer.status_int == 200
    made = answer.json["security_group_rule"]
    assert made == {
        "id": made["id"],
        "parent_group_id": web,
        "ip_protocol": "tcp",
        "from_port": 80,
        "to_port": 443,
        "ip_range": {"cidr": "10.0.0.0/24"},
        "group": {},
    }
    assert alice("GET", f"{ROOT}/{web}").json["security_group"]["rules"] == [made]
    assert alice("DELETE", f"{RULES}/{made['id']}").status_int == 202
    assert alice("GET", f"{ROOT}/{web}").json["security_group"]["rules"] == []


def test_a_rule_without_a_range_is_for_everybody(alice, web):
    assert rule(alice, web, cidr=None).json["security_group_rule"]["ip_range"] == {"cidr": "0.0.0.0/0"}
    icmp = rule(alice, web, cidr="::/0", ip_protocol="icmp", from_port=-1, to_port="-1").json["security_group_rule"]
    assert icmp["from_port"] == -1 and icmp["ip_range"] == {"cidr": "::/0"}


def test_a_rule_may_name_a_group(alice, web):
    named = rule(alice, web, group_id=web, cidr=None, from_port=None, to_port=None).json["security_group_rule"]
    assert named["group"] == {"name": "web", "tenant_id": "p1"} and named["ip_range"] == {}
    assert (named["from_port"], named["to_port"]) == (1, 65535)
    anything = rule(alice, web, group_id=str(web), ip_protocol=None, from_port=None, to_port=None)
    assert anything.json["security_group_rule"]["ip_protocol"] is None


@pytest.mark.parametrize(
    "change,status",
    [
        ({"parent_group_id": 99}, 404),
        ({"parent_group_id": "web"}, 400),
        ({"parent_group_id": None}, 400),
        ({"group_id": 99}, 404),
        ({"group_id": "x"}, 400),
        ({"ip_protocol": "gre"}, 400),
        ({"ip_protocol": None}, 400),
        ({"from_port": "ssh"}, 400),
        ({"from_port": None}, 400),
        ({"from_port": 23}, 400),
        ({"from_port": 0}, 400),
        ({"to_port": 65536}, 400),
        ({"to_port": 10**30}, 400),
        ({"to_port": True}, 400),
        ({"cidr": "10.0.0.0/33"}, 400),
        ({"cidr": "10.0.0.1/0"}, 400),
        ({"cidr": "anywhere"}, 400),
    ],
)
def test_bad_rules(alice, web, change, status):
    assert rule(alice, web, **change).status_int == status
    assert alice("GET", f"{ROOT}/{web}").json["security_group"]["rules"] == []


def test_a_rule_is_there_once_and_within_the_quota(alice, web, cloud):
    assert rule(alice, web).status_int == 200 and rule(alice, web).status_int == 400
    admin = cloud.client("admin", "admin")
    admin("PUT", "/os-quota-sets/p1", {"quota_set": {"security_group_rules": 1, "security_groups": 2}})
    assert rule(alice, web, to_port=23).status_int == 403
    assert alice("POST", ROOT, {"security_group": {"name": "more", "description": "x"}}).status_int == 403


def test_groups_end_with_2_36(alice, web):
    for method, path, body in (("GET", ROOT, None), ("POST", ROOT, WEB), ("GET", f"{ROOT}/{web}", None)):
        assert alice(method, path, body, version="2.36").status_int == 404
    assert alice("DELETE", f"{RULES}/1", version="2.36").status_int == 404
