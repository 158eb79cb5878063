"""Each policy rule of servers and what hangs on them: it closes what it guards, and only that."""

from __future__ import annotations

import pytest

from nova.clients.fake_glance import FakeGlance
from tests.functional.api.fake_daemons import FakeInstanceActions, fake_compute, make_server

SERVER = make_server()
ROOT = f"/servers/{SERVER.uuid}"
CREATE = {"server": {"name": "web", "imageRef": SERVER.image_id, "flavorRef": "1", "networks": "none"}}
CONSOLE = {"remote_console": {"protocol": "vnc", "type": "novnc"}}

GUARDED = [
    ("servers:index", "GET", "/servers", None),
    ("servers:detail", "GET", "/servers/detail", None),
    ("servers:show", "GET", ROOT, None),
    ("servers:create", "POST", "/servers", CREATE),
    ("servers:update", "PUT", ROOT, {"server": {"name": "other"}}),
    ("servers:delete", "DELETE", ROOT, None),
    ("servers:start", "POST", f"{ROOT}/action", {"os-start": None}),
    ("servers:stop", "POST", f"{ROOT}/action", {"os-stop": None}),
    ("servers:reboot", "POST", f"{ROOT}/action", {"reboot": {"type": "SOFT"}}),
    ("os-console-output", "POST", f"{ROOT}/action", {"os-getConsoleOutput": {}}),
    ("os-remote-consoles", "POST", f"{ROOT}/remote-consoles", CONSOLE),
    ("server-metadata:index", "GET", f"{ROOT}/metadata", None),
    ("server-metadata:show", "GET", f"{ROOT}/metadata/role", None),
    ("server-metadata:create", "POST", f"{ROOT}/metadata", {"metadata": {"a": "1"}}),
    ("server-metadata:update_all", "PUT", f"{ROOT}/metadata", {"metadata": {"a": "1"}}),
    ("server-metadata:update", "PUT", f"{ROOT}/metadata/a", {"meta": {"a": "1"}}),
    ("server-metadata:delete", "DELETE", f"{ROOT}/metadata/role", None),
    ("ips:index", "GET", f"{ROOT}/ips", None),
    ("ips:show", "GET", f"{ROOT}/ips/private", None),
    ("os-attach-interfaces:list", "GET", f"{ROOT}/os-interface", None),
    ("os-attach-interfaces:show", "GET", f"{ROOT}/os-interface/{SERVER.vifs[0].id}", None),
    ("os-instance-actions:list", "GET", f"{ROOT}/os-instance-actions", None),
    ("os-instance-actions:show", "GET", f"{ROOT}/os-instance-actions/req-1", None),
    ("os-server-tags:index", "GET", f"{ROOT}/tags", None),
    ("os-server-tags:show", "GET", f"{ROOT}/tags/blue", None),
    ("os-server-tags:update_all", "PUT", f"{ROOT}/tags", {"tags": []}),
    ("os-server-tags:update", "PUT", f"{ROOT}/tags/red", None),
    ("os-server-tags:delete", "DELETE", f"{ROOT}/tags/blue", None),
    ("os-server-tags:delete_all", "DELETE", f"{ROOT}/tags", None),
]


@pytest.fixture
def ask(cloud, servers):
    cloud.serve([FakeInstanceActions()])
    cloud.serve([fake_compute()], topic="compute", host="node1")
    cloud.images = FakeGlance.at("fake://")

    def send(method, path, body=None, *, version="2.103", user="alice", project="p1"):
        return cloud.client(user, project)(method, path, body, version=version)

    return send


@pytest.mark.parametrize(("rule", "method", "path", "body"), GUARDED, ids=[each[0] for each in GUARDED])
def test_a_closed_rule_closes_its_operation(cloud, ask, servers, tmp_path, rule, method, path, body):
    cloud.decree(tmp_path, f"os_compute_api:{rule}", "!")
    before = dict(servers.rows)
    answer = ask(method, path, body, user="admin")
    assert answer.status_int == 403, answer.text
    assert answer.json["forbidden"]["message"] == f"Policy doesn't allow os_compute_api:{rule} to be performed."
    assert servers.rows == before and not [each for each in servers.asked if each[0] not in ("get", "find")]


SOMEBODYS = [each for each in GUARDED if each[2].startswith(ROOT) and "os-instance-actions" not in each[2]]


@pytest.mark.parametrize(("rule", "method", "path", "body"), SOMEBODYS, ids=[each[0] for each in SOMEBODYS])
def test_what_is_anothers_is_not_there(ask, servers, rule, method, path, body):
    before = dict(servers.rows)
    assert ask(method, path, body, user="bob", project="p2").status_int == 404
    assert servers.rows == before and {each[0] for each in servers.asked} == {"get"}


SOFT = [
    ("os-extended-server-attributes", ROOT, ("server", "OS-EXT-SRV-ATTR:host"), "@"),
    ("servers:show:host_status", ROOT, ("server", "host_status"), "@"),
    ("servers:show:flavor-extra-specs", ROOT, ("server", "flavor", "extra_specs"), "!"),
    ("os-instance-actions:events", f"{ROOT}/os-instance-actions/req-1", ("instanceAction", "events", 0, "host"), "@"),
    (
        "os-instance-actions:events:details",
        f"{ROOT}/os-instance-actions/req-1",
        ("instanceAction", "events", 0, "details"),
        "@",
    ),
]


@pytest.mark.parametrize(("rule", "path", "key", "check"), SOFT, ids=[each[0] for each in SOFT])
def test_a_soft_rule_shows_and_hides_a_key(cloud, ask, tmp_path, rule, path, key, check):
    def shown():
        found = ask("GET", path).json
        for word in key[:-1]:
            found = found[word]
        return key[-1] in found

    by_default = shown()
    cloud.decree(tmp_path, f"os_compute_api:{rule}", check)
    assert (by_default, shown()) == ((False, True) if check == "@" else (True, False))


@pytest.mark.parametrize(("state", "there"), [("UNKNOWN", True), ("UP", False), ("DOWN", False)])
def test_that_a_host_is_unknown_may_be_said_alone(cloud, ask, servers, tmp_path, state, there):
    cloud.decree(tmp_path, "os_compute_api:servers:show:host_status:unknown-only", "@")
    servers.put(make_server(host_status=state))
    assert ("host_status" in ask("GET", ROOT).json["server"]) is there


@pytest.mark.parametrize(("check", "host"), [("@", {"host": ["node1"]}), ("!", {})])
def test_who_may_narrow_by_any_column(cloud, ask, servers, tmp_path, check, host):
    cloud.decree(tmp_path, "os_compute_api:servers:allow_all_filters", check)
    assert ask("GET", "/servers?host=node1").status_int == 200
    assert servers.asked[-1][1].equals == host


@pytest.mark.parametrize("path", ["index", "detail"])
def test_every_projects_servers_have_a_rule_of_their_own(ask, path):
    where = "/servers/detail" if path == "detail" else "/servers"
    answer = ask("GET", f"{where}?all_tenants=1")
    assert answer.status_int == 403
    assert f"servers:{path}:get_all_tenants" in answer.json["forbidden"]["message"]
