"""The `nova` client, which alone still speaks of the time of nova-network."""

from __future__ import annotations

from tests.integration.people import User
from tests.integration.stacks import wait


def test_servers(member: User) -> None:
    """boot --poll, list, show, console-log, delete"""
    member.nova("boot", "--flavor", "m1.nano", "--image", member.image, "--meta", "a=b", "--poll", "old")
    listed = member.nova("list")
    assert "ACTIVE" in listed and "private=" in listed
    shown = member.nova("show", "old")
    assert '{"a": "b"}' in shown and "m1.nano" in shown
    member.nova("console-log", "old")
    assert "create" in member.nova("instance-action-list", "old")
    member.nova("stop", "old")
    member.nova("delete", "old")


def new(user: User, *words: str) -> str:
    """What `nova` prints in a microversion long after nova-network's calls."""
    return user.nova("--os-compute-api-version", "2.90", *words)


def test_what_becomes_of_a_server(member: User, administrator: User) -> None:
    """update, meta, reboot, start, interface-list, get-vnc-console, instance-action, server-tag-*, list with filters"""
    member.nova("boot", "--flavor", "m1.nano", "--image", member.image, "--poll", "young")
    member.nova("update", "--name", "grown", "young")
    server = next(one["id"] for one in member.servers().values() if one["name"] == "grown")
    member.nova("meta", "grown", "set", "a=b", "c=d")
    member.nova("meta", "grown", "delete", "a")
    assert '{"c": "d"}' in member.nova("show", "grown")
    member.nova("reboot", "--poll", "grown")
    member.nova("reboot", "--hard", "--poll", "grown")
    member.nova("stop", "grown")
    wait("SHUTOFF", lambda: member.settled(server)["status"] == "SHUTOFF")
    member.nova("start", "grown")
    wait("ACTIVE", lambda: member.settled(server)["status"] == "ACTIVE")
    assert "ACTIVE" in member.nova("interface-list", "grown")
    for say in (member.nova, lambda *words: new(member, *words)):
        assert f"http://{member.stack.address}:6080/" in say("get-vnc-console", "grown", "novnc")
    request = member.get(f"/servers/{server}/os-instance-actions")["instanceActions"][0]["request_id"]
    assert "start" in member.nova("instance-action", "grown", request)
    assert "compute_start_instance" in new(administrator, "instance-action", server, request)

    new(member, "server-tag-add", "grown", "red", "round")
    new(member, "server-tag-delete", "grown", "round")
    assert "red" in new(member, "server-tag-list", "grown")
    for words in (
        ["--tags", "red"], ["--not-tags", "blue"], ["--vm-state", "active"], ["--power-state", "1"],
        ["--availability-zone", "nova"], ["--no-config-drive"], ["--locked", "false"], ["--ip", "10."],
        ["--changes-since", "2026-01-01T00:00:00"], ["--sort", "display_name:asc", "--limit", "1"], ["--minimal"],
    ):  # fmt: skip
        assert "grown" in new(member, "list", *words), words
    for words in (["--tags", "blue"], ["--key-name", "none"], ["--vm-state", "stopped"], ["--config-drive"]):
        assert "grown" not in new(member, "list", *words), words
    assert "grown" not in new(administrator, "list")
    host = administrator.get(f"/servers/{server}")["server"]["OS-EXT-SRV-ATTR:host"]
    assert "grown" in new(administrator, "list", "--all-tenants", "--host", host)
    member.nova("delete", "grown")


def test_what_the_client_lists(member: User, administrator: User) -> None:
    """flavor-list, keypairs, limits, availability-zone-list, hypervisor-list, service-list"""
    assert "m1.nano" in member.nova("flavor-list")
    assert "PRIVATE KEY" in member.nova("keypair-add", "old-key")
    assert "old-key" in member.nova("keypair-list")
    member.nova("keypair-delete", "old-key")
    assert "Instances" in member.nova("limits")
    assert "available" in member.nova("availability-zone-list")
    assert "compute-1" in administrator.nova("hypervisor-list")
    assert "nova-conductor" in administrator.nova("service-list")


def test_security_groups(member: User) -> None:
    """Groups and rules, which later clients ask Neutron for"""
    group = member.ask(
        "POST", "/os-security-groups", {"security_group": {"name": "web", "description": "http"}}, version="2.35"
    )["security_group"]
    rule = {"parent_group_id": group["id"], "ip_protocol": "tcp", "from_port": 80, "to_port": 80, "cidr": "0.0.0.0/0"}
    member.ask("POST", "/os-security-group-rules", {"security_group_rule": rule}, version="2.35")
    groups = {one["name"]: one for one in member.get("/os-security-groups", version="2.35")["security_groups"]}
    assert set(groups) == {"default", "web"} and groups["web"]["rules"][0]["from_port"] == 80

    server = member.boot(security_groups=[{"name": "web"}])
    member.active(server)
    member.nova("add-secgroup", server, "default")
    assert "web" in member.nova("list-secgroup", server)
    assert {one["name"] for one in member.get(f"/servers/{server}")["server"]["security_groups"]} == {"default", "web"}
    in_use = member.send("DELETE", f"/os-security-groups/{group['id']}", version="2.35")
    assert in_use.status_code == 400
    member.nova("remove-secgroup", server, "default")
    member.clear()
    member.ask("DELETE", f"/os-security-groups/{group['id']}", version="2.35")


def test_networks(member: User) -> None:
    """The network, as the project sees it"""
    networks = member.get("/os-tenant-networks", version="2.35")["networks"]
    assert [one["label"] for one in networks] == ["private"]
    one = member.get(f"/os-networks/{networks[0]['id']}", version="2.35")["network"]
    assert one["label"] == "private"
    assert member.send("GET", "/os-networks").status_code == 404
