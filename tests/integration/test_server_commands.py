"""The daily commands about servers, by the unmodified `openstack` client."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.people import User
from tests.integration.stacks import wait

IMAGE, FLAVOR = "test-guest-disk", "m1.nano"


@pytest.fixture(scope="module")
def key(member: User, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A key pair of the member's, made by Nova."""
    private = member.openstack("keypair", "create", "key")
    assert "PRIVATE KEY" in private
    return "key"


@pytest.fixture(scope="module")
def network(member: User) -> str:
    """The id of the network that stack.sh makes."""
    return str(member.get("/os-networks", version="2.35")["networks"][0]["id"])


@pytest.fixture(scope="module")
def server(member: User, key: str, network: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server made with all that the command can say; its id."""
    script = tmp_path_factory.mktemp("user-data") / "script"
    script.write_text("#!/bin/sh\necho hello\n")
    made = member.shown(
        "server", "create", "--wait", "--flavor", FLAVOR, "--image", IMAGE, "--key-name", key,
        "--user-data", str(script), "--property", "colour=blue", "--security-group", "default",
        "--nic", f"net-id={network}", "--use-config-drive", "--tag", "web", "--description", "does it all",
        "--availability-zone", "nova", "whole",
    )  # fmt: skip
    assert made["status"] == "ACTIVE"
    return str(made["id"])


def test_a_server_has_all_that_was_said(member: User, server: str, key: str) -> None:
    """show"""
    shown = member.shown("server", "show", "whole")
    assert shown["id"] == server
    assert shown["name"] == "whole" and shown["status"] == "ACTIVE"
    assert shown["key_name"] == key and shown["properties"] == {"colour": "blue"}
    assert shown["tags"] == ["web"] and shown["description"] == "does it all"
    assert shown["config_drive"] == "True" and shown["flavor"]["original_name"] == FLAVOR
    assert shown["security_groups"] == [{"name": "default"}]
    assert len(shown["addresses"]["private"]) == 1
    assert shown["OS-EXT-AZ:availability_zone"] == "nova" and shown["OS-EXT-STS:vm_state"] == "active"
    assert shown["image"].startswith(IMAGE)


def test_several_at_once(member: User) -> None:
    """--min, --max and a list of them by name, long and paged"""
    member.openstack(
        "server", "create", "--wait", "--flavor", FLAVOR, "--image", IMAGE, "--nic", "auto",
        "--min", "2", "--max", "3", "many",
    )  # fmt: skip
    listed = member.shown("server", "list", "--name", "^many", "--long", "--sort-column", "Name")
    assert [one["Name"] for one in listed] == ["many-1", "many-2", "many-3"]
    assert {one["Status"] for one in listed} == {"ACTIVE"}
    assert {one["Power State"] for one in listed} <= {1, "Running"} and {one["Flavor"] for one in listed} == {FLAVOR}

    first = member.shown("server", "list", "--name", "^many", "--limit", "2")
    rest = member.shown("server", "list", "--name", "^many", "--marker", first[-1]["ID"])
    assert len(first) == 2 and sorted(one["Name"] for one in [*first, *rest]) == ["many-1", "many-2", "many-3"]
    path, names = "/servers?name=^many&sort_key=display_name&sort_dir=asc&limit=2", []
    while path:
        page = member.get(path)
        names.append([one["name"] for one in page["servers"]])
        links = {link["rel"]: link["href"] for link in page.get("servers_links", [])}
        path = links.get("next", "").removeprefix(member.stack.compute_url)
    assert names[:2] == [["many-1", "many-2"], ["many-3"]]

    member.openstack("server", "delete", "--wait", "many-1", "many-2", "many-3")
    assert member.shown("server", "list", "--name", "^many") == []


@pytest.mark.usefixtures("server")
def test_lists_are_filtered(member: User, administrator: User) -> None:
    """Filters of a member, and an administrator's view of all projects"""
    for words in (["--status", "ACTIVE"], ["--tags", "web"], ["--flavor", FLAVOR], ["--image", IMAGE]):
        assert "whole" in [one["Name"] for one in member.shown("server", "list", *words)], words
    for words in (["--status", "SHUTOFF"], ["--tags", "none"], ["--ip", "192.0.2"], ["--name", "nothing"]):
        assert member.shown("server", "list", *words) == [], words
    everywhere = administrator.shown("server", "list", "--all-projects", "--long")
    found = [one for one in everywhere if one["Name"] == "whole"]
    assert found[0]["Host"] in ("compute-1", "compute-2")
    assert "whole" not in [one["Name"] for one in administrator.shown("server", "list")]


@pytest.mark.usefixtures("server")
def test_set_and_unset(member: User) -> None:
    """Properties, name, description and tags change"""
    member.openstack("server", "set", "--property", "size=big", "--description", "changed", "--tag", "db", "whole")
    shown = member.shown("server", "show", "whole")
    assert shown["properties"] == {"colour": "blue", "size": "big"}
    assert shown["description"] == "changed" and sorted(shown["tags"]) == ["db", "web"]
    member.openstack("server", "unset", "--property", "size", "--tag", "db", "--description", "whole")
    shown = member.shown("server", "show", "whole")
    assert shown["properties"] == {"colour": "blue"} and shown["tags"] == ["web"] and not shown["description"]


def test_stop_start_reboot(member: User, server: str) -> None:
    """Each ends in the state it says, and is written down as an event"""
    member.openstack("server", "stop", "whole")
    wait("SHUTOFF", lambda: member.settled(server)["status"] == "SHUTOFF")
    refused = member.send("POST", f"/servers/{server}/action", {"os-stop": None})
    assert refused.status_code == 409 and "vm_state stopped" in refused.json()["conflictingRequest"]["message"]
    member.openstack("server", "start", "whole")
    wait("ACTIVE", lambda: member.settled(server)["status"] == "ACTIVE")
    member.openstack("server", "reboot", "--wait", "whole")
    member.openstack("server", "reboot", "--hard", "--wait", "whole")

    events = member.shown("server", "event", "list", server)
    assert [one["Action"] for one in events] == ["reboot", "reboot", "start", "stop", "create"]
    assert all(one["Request ID"].startswith("req-") for one in events)
    shown = member.shown("server", "event", "show", server, events[-1]["Request ID"])
    assert shown["action"] == "create" and shown["message"] is None


@pytest.mark.usefixtures("server")
def test_consoles(member: User) -> None:
    """The log of what the guest printed, and the address of its screen"""
    member.openstack("console", "log", "show", "whole", "--lines", "10")
    url = member.shown("console", "url", "show", "--novnc", "whole")
    assert url["protocol"] == "vnc" and f"http://{member.stack.address}:6080/" in url["url"]
    page = member.fetch("GET", url["url"])
    assert page.status_code == 200


def test_delete(member: User, administrator: User, server: str) -> None:
    """It is gone for its owner, and its page says so"""
    assert member.settled(server)["status"] == "ACTIVE"
    member.openstack("server", "delete", "--wait", "whole")
    assert member.send("GET", f"/servers/{server}").status_code == 404
    output = member.openstack("server", "show", "whole", codes=(1,))
    assert output == ""
    wait("everything to have an owner", lambda: administrator.stack.audit() == [], every=2)


def test_a_private_key_logs_into_what_has_its_public_half(member: User, tmp_path: Path) -> None:
    """keypair create, list, show, import and delete"""
    public = tmp_path / "key.pub"
    public.write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHQrM8fLvLmf3sSCXOYEAhQVOENSqMPNi2FtPSMVdxv one@home\n")
    member.openstack("keypair", "create", "--public-key", str(public), "imported")
    listed = {one["Name"]: one for one in member.shown("keypair", "list")}
    assert listed["imported"]["Type"] == "ssh"
    assert member.shown("keypair", "show", "imported")["fingerprint"] == listed["imported"]["Fingerprint"]
    member.openstack("keypair", "delete", "imported")
    assert "imported" not in json.dumps(member.shown("keypair", "list"))
