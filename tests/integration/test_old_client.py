"""The `nova` client, which alone still speaks of the time of nova-network."""

from __future__ import annotations

from tests.integration.people import User


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
