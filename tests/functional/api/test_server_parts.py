"""What hangs on a server: metadata, tags, addresses, interfaces, groups, actions done."""

from __future__ import annotations

import pytest

from tests.functional.api.fake_daemons import VIF, FakeGroups, FakeInstanceActions, FakeServers, make_server

UUID = make_server().uuid
ROOT = f"/servers/{UUID}"


def test_metadata(cloud, servers):
    ask = cloud.client()
    assert ask("GET", f"{ROOT}/metadata").json == {"metadata": {"role": "web"}}
    assert ask("POST", f"{ROOT}/metadata", {"metadata": {"a": "1"}}).json == {"metadata": {"role": "web", "a": "1"}}
    assert ask("PUT", f"{ROOT}/metadata", {"metadata": {"b": "2"}}).json == {"metadata": {"b": "2"}}
    assert ask("PUT", f"{ROOT}/metadata/c", {"meta": {"c": "3"}}).json == {"meta": {"c": "3"}}
    assert ask("GET", f"{ROOT}/metadata/c").json == {"meta": {"c": "3"}}
    assert ask("DELETE", f"{ROOT}/metadata/c").status_int == 204


@pytest.mark.parametrize(
    "method,path,body,status",
    [
        ("GET", "/metadata/x", None, 404),
        ("DELETE", "/metadata/x", None, 404),
        ("PUT", "/metadata/a", {"meta": {"b": "1"}}, 400),
        ("PUT", "/metadata/a", {"meta": {}}, 400),
        ("PUT", "/metadata/a", {"meta": {"a": "1", "b": "2"}}, 400),
        ("POST", "/metadata", {"metadata": {"a": 1}}, 400),
        ("POST", "/metadata", {"metadata": {"": "1"}}, 400),
        ("POST", "/metadata", {"metadata": None}, 400),
        ("POST", "/metadata", {}, 400),
        ("GET", "/ips/nowhere", None, 404),
        ("GET", "/os-interface/nothing", None, 404),
        ("GET", "/tags", None, 404),
    ],
)
def test_refusals(cloud, servers, method, path, body, status):
    assert cloud.client()(method, ROOT + path, body).status_int == status


def test_tags(cloud, servers):
    def ask(method, path="", body=None):
        return cloud.client()(method, f"{ROOT}/tags{path}", body, version="2.26")

    assert ask("GET").json == {"tags": ["blue"]}
    assert ask("GET", "/blue").status_int == 204 and ask("GET", "/red").status_int == 404
    new = ask("PUT", "/red")
    assert new.status_int == 201 and new.headers["Location"].endswith(f"{ROOT}/tags/red")
    assert ask("PUT", "/red").status_int == 204
    assert ask("DELETE", "/red").status_int == 204 and ask("DELETE", "/red").status_int == 404
    assert ask("PUT", body={"tags": ["a", "b", "a"]}).json == {"tags": ["a", "b"]}
    assert ask("PUT", body={"tags": ["a,b"]}).status_int == 400
    assert "attribute tag" in ask("PUT", "/" + "x" * 61).json["badRequest"]["message"]
    assert ask("DELETE").status_int == 204 and ask("GET").json == {"tags": []}


def test_ips(cloud, servers):
    private = [{"addr": "10.0.0.2", "version": 4}, {"addr": "192.0.2.9", "version": 4}]
    assert cloud.client()("GET", f"{ROOT}/ips").json == {"addresses": {"private": private}}
    assert cloud.client()("GET", f"{ROOT}/ips/private").json == {"private": private}


def test_interfaces(cloud, servers):
    shown = {
        "port_id": VIF.id,
        "net_id": VIF.network.id,
        "mac_addr": VIF.address,
        "port_state": "ACTIVE",
        "fixed_ips": [{"ip_address": "10.0.0.2", "subnet_id": VIF.network.id}],
    }
    assert cloud.client()("GET", f"{ROOT}/os-interface").json == {"interfaceAttachments": [shown]}
    answer = cloud.client()("GET", f"{ROOT}/os-interface/{VIF.id}", version="2.70")
    assert answer.json == {"interfaceAttachment": {**shown, "tag": None}}


def test_security_groups(cloud):
    servers = FakeServers()
    servers.put(make_server())
    cloud.serve([servers, FakeGroups()])
    (group,) = cloud.client()("GET", f"{ROOT}/os-security-groups").json["security_groups"]
    assert group["name"] == "default" and group["tenant_id"] == "p1"
    ssh, members = group["rules"]
    assert ssh == {
        "id": 3,
        "parent_group_id": 1,
        "ip_protocol": "tcp",
        "from_port": 22,
        "to_port": 22,
        "group": {},
        "ip_range": {"cidr": "0.0.0.0/0"},
    }
    assert members["group"] == {"name": "default", "tenant_id": "p1"} and members["ip_range"] == {}


@pytest.fixture
def actions(cloud):
    found = FakeInstanceActions()
    cloud.serve([found])
    return found


ACTION_KEYS = {"action", "instance_uuid", "request_id", "user_id", "project_id", "start_time", "message"}
EVENT_KEYS = {"event", "start_time", "finish_time", "result"}


@pytest.mark.parametrize(
    "user,version,more,event",
    [
        ("alice", "2.1", set(), None),
        ("admin", "2.1", {"events"}, EVENT_KEYS | {"traceback"}),
        ("alice", "2.51", {"events"}, EVENT_KEYS),
        ("alice", "2.58", {"events", "updated_at"}, EVENT_KEYS),
        ("alice", "2.62", {"events", "updated_at"}, EVENT_KEYS | {"hostId"}),
        ("alice", "2.84", {"events", "updated_at"}, EVENT_KEYS | {"hostId"}),
        ("admin", "2.84", {"events", "updated_at"}, EVENT_KEYS | {"hostId", "host", "traceback", "details"}),
    ],
)
def test_an_action_done_by_microversion(cloud, actions, user, version, more, event):
    shown = cloud.client(user=user)("GET", f"{ROOT}/os-instance-actions/req-1", version=version).json["instanceAction"]
    assert set(shown) == ACTION_KEYS | more
    if event is not None:
        assert set(shown["events"][0]) == event
    assert shown["start_time"] == "2026-01-02T03:04:05.000678"


def test_actions_done_are_listed_with_one_question(cloud, actions):
    answer = cloud.client()("GET", f"{ROOT}/os-instance-actions")
    assert set(answer.json["instanceActions"][0]) == ACTION_KEYS and "links" not in answer.json
    answer = cloud.client()("GET", f"{ROOT}/os-instance-actions?limit=1&changes-since=2026-01-01", version="2.66")
    assert answer.json["links"][0]["href"].endswith("limit=1&changes-since=2026-01-01&marker=req-1")
    old, new = actions.asked
    assert old[3] is False and new[3] is True and new[1].changes_since.year == 2026 and new[2].limit == 1


@pytest.mark.parametrize(
    "query,version", [("nonsense=1", "2.58"), ("changes-before=2026-01-01", "2.58"), ("limit=x", "2.58")]
)
def test_bad_queries_of_actions_done(cloud, actions, query, version):
    assert cloud.client()("GET", f"{ROOT}/os-instance-actions?{query}", version=version).status_int == 400


def test_an_action_that_was_not_done(cloud, actions):
    assert cloud.client()("GET", f"{ROOT}/os-instance-actions/req-0").status_int == 404
