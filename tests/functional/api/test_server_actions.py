"""POST /servers/{id}/action, and consoles."""

from __future__ import annotations

import pytest

from tests.functional.api.fake_daemons import FakeConsoleAuth, FakeGroups, FakeServers, fake_compute, make_server

UUID = make_server().uuid


def act(cloud, body, version=None, **how):
    return cloud.client(**how)("POST", f"/servers/{UUID}/action", body, version=version)


@pytest.mark.parametrize(
    "body,move,arguments",
    [
        ({"os-start": None}, "start", {}),
        ({"os-stop": None}, "stop", {}),
        ({"os-stop": {}}, "stop", {}),
        ({"reboot": {"type": "SOFT"}}, "soft reboot", {"hard": False}),
        ({"reboot": {"type": "hard"}}, "hard reboot", {"hard": True}),
    ],
)
def test_an_action_fetches_the_server_and_begins_a_task(cloud, servers, body, move, arguments):
    answer = act(cloud, body)
    assert answer.status_int == 202 and answer.body == b""
    assert servers.asked == [("get", UUID), ("begin", move, arguments)]


@pytest.mark.parametrize(
    "body,status",
    [
        ({"os-fly": None}, 400),
        ({}, 400),
        ({"os-start": None, "os-stop": None}, 400),
        ({"reboot": {"type": "gently"}}, 400),
        ({"reboot": {}}, 400),
        ({"reboot": None}, 400),
    ],
)
def test_what_is_no_action(cloud, servers, body, status):
    assert act(cloud, body).status_int == status
    assert servers.asked == []


def test_actions_on_what_is_not_there_or_locked(cloud, servers):
    assert act(cloud, {"os-stop": None}, user="bob", project="p2").status_int == 404
    servers.put(make_server(locked=True))
    answer = act(cloud, {"os-stop": None})
    assert answer.status_int == 409 and answer.json["conflictingRequest"]["message"] == f"Instance {UUID} is locked"


@pytest.mark.parametrize("action,word", [("addSecurityGroup", "add"), ("removeSecurityGroup", "remove")])
def test_security_groups(cloud, action, word):
    servers, groups = FakeServers(), FakeGroups()
    servers.put(make_server())
    cloud.serve([servers, groups])
    assert act(cloud, {action: {"name": "web"}}).status_int == 202
    assert groups.asked == [(word, UUID, "web")]
    assert act(cloud, {action: {"name": ""}}).status_int == 400


@pytest.fixture
def compute(cloud, servers):
    cloud.serve([fake_compute()], topic="compute", host="node1")


@pytest.mark.parametrize("length,lines", [({}, None), ({"length": 5}, 5), ({"length": "5"}, 5), ({"length": -1}, None)])
def test_console_output(cloud, compute, length, lines):
    answer = act(cloud, {"os-getConsoleOutput": length})
    assert answer.status_int == 200
    assert answer.json == {"output": f"instance-00000001: {lines} lines"}


def test_console_output_of_a_server_without_a_host(cloud, servers):
    servers.put(make_server(host=None, vm_state="building"))
    assert act(cloud, {"os-getConsoleOutput": {}}).status_int == 409
    assert act(cloud, {"os-getConsoleOutput": {"length": "x"}}).status_int == 400


URL = "http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3Dt0ken"


def test_the_screen_of_a_server(cloud, servers, compute):
    auth = FakeConsoleAuth()
    cloud.serve([auth], topic="consoleauth")
    answer = act(cloud, {"os-getVNCConsole": {"type": "novnc"}})
    assert answer.json == {"console": {"type": "novnc", "url": URL}}
    body = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
    answer = cloud.client()("POST", f"/servers/{UUID}/remote-consoles", body, version="2.6")
    assert answer.status_int == 200
    assert answer.json == {"remote_console": {"protocol": "vnc", "type": "novnc", "url": URL}}
    access = auth.given[-1]
    assert (access.server, access.console_type, access.target.port) == (UUID, "novnc", 5900)


def test_consoles_that_are_not_there(cloud, servers, compute):
    assert act(cloud, {"os-getVNCConsole": {"type": "xvpvnc"}}).status_int == 400
    assert act(cloud, {"os-getVNCConsole": {"type": "novnc"}}, version="2.6").status_int == 404
    ask = cloud.client()
    body = {"remote_console": {"protocol": "spice", "type": "spice-html5"}}
    assert ask("POST", f"/servers/{UUID}/remote-consoles", body, version="2.6").status_int == 400
    assert ask("POST", f"/servers/{UUID}/remote-consoles", body, version="2.5").status_int == 404
    mks = {"remote_console": {"protocol": "mks", "type": "webmks"}}
    answer = ask("POST", f"/servers/{UUID}/remote-consoles", mks, version="2.7")
    assert "remote_console." in answer.json["badRequest"]["message"]


def test_a_daemon_that_is_away_is_said_so(cloud, servers):
    servers.put(make_server(host="nobody"))
    answer = act(cloud, {"os-getConsoleOutput": {}})
    assert answer.status_int == 503 and answer.headers["Retry-After"]
