"""How a server looks to its owner and to administrators, at every microversion."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from typing import Any

from nova.api.web.call import Call
from nova.api.web.policy import ADMIN, READER, rule
from nova.api.web.views import Field, View, long_stamp, stamp
from nova.contracts import states
from nova.contracts.naming import guest_name
from nova.contracts.server import Server

ATTRIBUTES = rule("os_compute_api:os-extended-server-attributes", ADMIN, "See where and as what a server runs.")
HOST_STATUS = rule("os_compute_api:servers:show:host_status", ADMIN, "See whether a server's host is up.")
UNKNOWN_HOST = rule(
    "os_compute_api:servers:show:host_status:unknown-only", ADMIN, "See that it is not known whether the host is up."
)
HIDE_ADDRESSES = rule(
    "os_compute_api:os-hide-server-addresses",
    "is_admin:False",
    "For whom a server has no addresses in the states that osapi_hide_server_address_states names.",
)
EXTRA_SPECS = rule("os_compute_api:servers:show:flavor-extra-specs", READER, "See a server's extra specs.")

WITH_PROGRESS = frozenset({"ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"})
WITH_FAULT = frozenset({"ERROR", "DELETED"})


def status(server: Server) -> str:
    """The API's word for the server's states."""
    return states.api_status(server.vm_state, server.task_state)


def addresses(server: Server, call: Call, *, extended: bool = True) -> dict[str, list[dict[str, Any]]]:
    """Addresses by network; for most callers none in the states that osapi_hide_server_address_states names."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if server.vm_state in call.api.conf.osapi_hide_server_address_states and call.can(HIDE_ADDRESSES):
        return {}
    for vif in server.vifs:
        for ip in vif.ips:
            for address, kind in [(ip.address, "fixed"), *((floating, "floating") for floating in ip.floating)]:
                more = {"OS-EXT-IPS:type": kind, "OS-EXT-IPS-MAC:mac_addr": vif.address} if extended else {}
                found[vif.network.label].append({"addr": address, "version": 6 if ":" in address else 4, **more})
    return dict(found)


def host_id(server: Server) -> str:
    """A word for the host that differs by project, so that owners can tell hosts apart and no more."""
    if not server.host:
        return ""
    return hashlib.sha224(f"{server.project_id}{server.host}".encode()).hexdigest()


def _links(server: Server, call: Call) -> Any:
    return call.links("servers", server.uuid)


def _flavor_link(server: Server, call: Call) -> Any:
    return {"id": server.flavor.flavorid, "links": call.bookmark("flavors", server.flavor.flavorid)}


def _flavor(server: Server, call: Call) -> Any:
    flavor = server.flavor
    return {
        "original_name": flavor.name,
        "vcpus": flavor.vcpus,
        "ram": flavor.memory_mb,
        "disk": flavor.root_gb,
        "ephemeral": flavor.ephemeral_gb,
        "swap": flavor.swap,
    }


def _flavor_and_specs(server: Server, call: Call) -> Any:
    return {**_flavor(server, call), "extra_specs": server.flavor.extra_specs}


def _image(server: Server, call: Call) -> Any:
    if not server.image_id:
        return ""
    return {"id": server.image_id, "links": call.bookmark("images", server.image_id)}


def _image_and_properties(server: Server, call: Call) -> Any:
    shown = _image(server, call)
    return {**shown, "properties": server.image_properties} if shown else shown


def _fault(server: Server, call: Call) -> Any:
    fault = server.fault
    assert fault is not None
    shown = {"code": fault.code, "created": stamp(fault.created), "message": fault.message}
    return {**shown, "details": fault.details} if fault.details and call.context.is_admin else shown


def _volumes(server: Server, call: Call) -> Any:
    if call.version < 3:
        return [{"id": volume.id} for volume in server.volumes]
    return [{"id": v.id, "delete_on_termination": v.delete_on_termination} for v in server.volumes]


BRIEF = (
    Field("id", "uuid"),
    Field("name", "name"),
    Field("links", _links),
)

BASIC = (
    *BRIEF,
    Field("status", lambda server, call: status(server)),
    Field("tenant_id", "project_id"),
    Field("user_id", "user_id"),
    Field("metadata", "metadata"),
    Field("hostId", lambda server, call: host_id(server)),
    Field("image", _image, until=97),
    Field("image", _image_and_properties, since=98),
    Field("flavor", _flavor_link, until=46),
    Field("flavor", _flavor, since=47),
    Field("flavor", _flavor_and_specs, since=47, rule=EXTRA_SPECS),
    Field("created", lambda server, call: stamp(server.created_at)),
    Field("updated", lambda server, call: stamp(server.updated_at or server.created_at)),
    Field("accessIPv4", lambda server, call: server.access_ip_v4 or ""),
    Field("accessIPv6", lambda server, call: server.access_ip_v6 or ""),
    Field("OS-DCF:diskConfig", "disk_config"),
    Field("progress", "progress", when=lambda server: status(server) in WITH_PROGRESS),
    Field("fault", _fault, when=lambda server: server.fault is not None and status(server) in WITH_FAULT),
    Field("locked", "locked", since=9),
    Field("description", "description", since=19),
    Field("tags", "tags", since=26),
    Field("trusted_image_certificates", "trusted_image_certificates", since=63),
    Field("locked_reason", "locked_reason", since=73),
    Field("pinned_availability_zone", "pinned_availability_zone", since=96),
    Field("scheduler_hints", "scheduler_hints", since=100),
)

ADDRESSES = Field("addresses", addresses)
PLAIN_ADDRESSES = Field("addresses", lambda server, call: addresses(server, call, extended=False), until=74)
SERVER_GROUPS = Field("server_groups", "server_groups", since=71)

EXTENDED = (
    ADDRESSES,
    Field("key_name", "key_name"),
    Field("config_drive", lambda server, call: "True" if server.config_drive else ""),
    Field(
        "security_groups",
        lambda server, call: [{"name": name} for name in server.security_groups],
        when=lambda server: bool(server.security_groups),
    ),
    Field("os-extended-volumes:volumes_attached", _volumes),
    Field("OS-EXT-AZ:availability_zone", lambda server, call: server.availability_zone or ""),
    Field("OS-EXT-STS:task_state", "task_state"),
    Field("OS-EXT-STS:vm_state", "vm_state"),
    Field("OS-EXT-STS:power_state", "power_state"),
    Field("OS-SRV-USG:launched_at", lambda server, call: long_stamp(server.launched_at)),
    Field("OS-SRV-USG:terminated_at", lambda server, call: long_stamp(server.terminated_at)),
    Field("OS-EXT-SRV-ATTR:host", "host", rule=ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:hypervisor_hostname", "node", rule=ATTRIBUTES),
    Field(
        "OS-EXT-SRV-ATTR:instance_name",
        lambda server, call: guest_name(call.api.conf, server.number),
        rule=ATTRIBUTES,
    ),
    Field("OS-EXT-SRV-ATTR:reservation_id", "reservation_id", since=3, rule=ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:launch_index", "launch_index", since=3, rule=ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:kernel_id", lambda server, call: server.kernel_id or "", since=3, rule=ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:ramdisk_id", lambda server, call: server.ramdisk_id or "", since=3, rule=ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:root_device_name", "root_device_name", since=3, rule=ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:user_data", "user_data", since=3, rule=ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:hostname", "hostname", since=3, until=89, rule=ATTRIBUTES),
    Field("OS-EXT-SRV-ATTR:hostname", "hostname", since=90),
    Field("host_status", "host_status", since=16, rule=HOST_STATUS),
    Field(
        "host_status",
        "host_status",
        since=16,
        rule=UNKNOWN_HOST,
        when=lambda server: server.host_status == "UNKNOWN",
    ),
)

LIST = View(*BRIEF)
DETAIL = View(*BASIC, *EXTENDED)
SHOW = View(*BASIC, *EXTENDED, SERVER_GROUPS)
# A change answered with less than a look did, until 2.75.
UPDATED = View(
    *BASIC,
    PLAIN_ADDRESSES,
    *(replace(field, since=max(field.since, 75)) for field in EXTENDED if field.until >= 75),
    SERVER_GROUPS,
)
