"""What operators and users ask beside servers, by the unmodified `openstack` client."""

from __future__ import annotations

import uuid

from tests.integration.people import Keystone, User

FLAVOR = "m1.nano"


def test_flavors(administrator: User, member: User, project: tuple[str, str]) -> None:
    """Made, shown to those who may see them, with extra specs, and deleted"""
    name = f"private-{uuid.uuid4().hex[:6]}"
    made = administrator.shown(
        "flavor", "create", "--ram", "64", "--disk", "1", "--vcpus", "1", "--private",
        "--property", "hw:cpu_policy=shared", name,
    )  # fmt: skip
    assert made["ram"] == 64 and made["os-flavor-access:is_public"] is False
    assert name not in [one["Name"] for one in member.shown("flavor", "list", "--all")]
    administrator.openstack("flavor", "set", "--project", project[0], name)
    assert member.shown("flavor", "show", name)["id"] == made["id"]
    assert administrator.shown("flavor", "show", name)["properties"] == {"hw:cpu_policy": "shared"}
    assert administrator.openstack("flavor", "delete", name) == ""
    refused = member.send("POST", "/flavors", {"flavor": {"name": "mine", "ram": 64, "vcpus": 1, "disk": 1}})
    assert refused.status_code == 403


def test_limits_and_quotas(administrator: User, member: User, project: tuple[str, str]) -> None:
    """What a project may have and has"""
    limits = {one["Name"]: one["Value"] for one in member.shown("limits", "show", "--absolute")}
    assert limits["max_total_instances"] == 100 and limits["total_instances_used"] == len(member.servers())
    administrator.openstack("quota", "set", "--key-pairs", "7", project[1])
    quotas = {one["Resource"]: one["Limit"] for one in member.shown("quota", "show", "--compute")}
    assert quotas["instances"] == 100
    assert administrator.get(f"/os-quota-sets/{project[0]}")["quota_set"]["key_pairs"] == 7


def test_hypervisors_services_and_zones(administrator: User, member: User) -> None:
    """The hosts as operators see them"""
    hypervisors = administrator.shown("hypervisor", "list", "--long")
    assert {one["Hypervisor Hostname"] for one in hypervisors} == {"compute-1", "compute-2"}
    assert {one["State"] for one in hypervisors} == {"up"}
    shown = administrator.shown("hypervisor", "show", "compute-1")
    assert shown["hypervisor_type"] == "fake" and shown["status"] == "enabled"

    services = administrator.shown("compute", "service", "list")
    kinds = {one["Binary"] for one in services if one["State"] == "up"}
    assert kinds >= {"nova-conductor", "nova-scheduler", "nova-compute", "nova-network", "nova-consoleauth"}
    zones = {one["Zone Name"]: one["Zone Status"] for one in member.shown("availability", "zone", "list", "--compute")}
    assert zones["nova"] == "available"
    assert member.send("GET", "/os-services").status_code == 403


def test_a_disabled_host_takes_no_servers(administrator: User, keystone: Keystone) -> None:
    """compute service set"""
    user = keystone.user(keystone.project(), "member")
    administrator.openstack(
        "compute", "service", "set", "--disable", "--disable-reason", "work", "compute-1", "nova-compute"
    )
    try:
        servers = [user.boot() for _ in range(3)]
        hosts = {user.active(server)["hostId"] for server in servers}
        seen = administrator.shown("server", "list", "--all-projects", "--long", "--project", user.project_id)
        assert {one["Host"] for one in seen} == {"compute-2"} and len(hosts) == 1
    finally:
        administrator.openstack("compute", "service", "set", "--enable", "compute-1", "nova-compute")
        user.clear()


def test_servers_on_a_host_that_is_named(administrator: User) -> None:
    """An administrator may say where"""
    server = administrator.boot(availability_zone="nova:compute-1")
    try:
        assert administrator.active(server)["OS-EXT-SRV-ATTR:host"] == "compute-1"
    finally:
        administrator.ask("DELETE", f"/servers/{server}")
