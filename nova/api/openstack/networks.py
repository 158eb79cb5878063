"""/os-networks and /os-tenant-networks: the networks that servers of a project may be on."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, READER, rule
from nova.api.web.views import Field, View, long_stamp
from nova.contracts.cloud_network import CloudNetworks
from nova.contracts.network import Network
from nova.contracts.record import Page

LIST = rule("os_compute_api:os-networks:list", READER, "List the networks.")
LOOK = rule("os_compute_api:os-networks:show", READER, "Look at a network.")
INSIDE = rule("os_compute_api:os-networks", ADMIN, "See how a network is made.")
TENANT_LIST = rule("os_compute_api:os-tenant-networks:list", READER, "List a project's networks in brief.")
TENANT_LOOK = rule("os_compute_api:os-tenant-networks:show", READER, "Look at a project's network in brief.")

extension("os-networks", "Networks", "Admin-only Network Management Extension.")
extension("os-extended-networks", "ExtendedNetworks", "Adds additional fields to networks.")
extension("os-tenant-networks", "OSTenantNetworks", "Tenant-based Network Management Extension.")

UNTIL = 35
OPEN = ("cidr", "netmask", "gateway", "broadcast", "dns1", "dns2", "cidr_v6", "gateway_v6", "label", "netmask_v6")
EXTENDED = ("mtu", "dhcp_server", "enable_dhcp", "share_address")
HIDDEN = (
    *("injected", "bridge", "vlan", "vpn_public_address", "vpn_public_port"),
    *("vpn_private_address", "dhcp_start", "project_id", "host", "bridge_interface", "multi_host", "priority"),
)


def _moment(text: str | None) -> str | None:
    return long_stamp(datetime.datetime.fromisoformat(text)) if text else None


FULL = View(
    Field("id", "uuid"),
    *(Field(name, name) for name in (*OPEN, *EXTENDED)),
    *(Field(name, name, rule=INSIDE) for name in HIDDEN),
    Field("created_at", lambda network, call: _moment(network.created_at), rule=INSIDE),
    Field("updated_at", lambda network, call: _moment(network.updated_at), rule=INSIDE),
    Field("deleted", lambda network, call: False, rule=INSIDE),
    Field("deleted_at", lambda network, call: None, rule=INSIDE),
    Field("rxtx_base", lambda network, call: None, rule=INSIDE),
)
BRIEF = View(
    Field("id", "uuid"),
    Field("cidr", lambda network, call: str(network.cidr)),
    Field("label", "label"),
)


@operation("GET", "/os-networks", rule=LIST, until=UNTIL)
def index(call: Call) -> dict[str, Any]:
    """The caller's networks and the shared ones; all for administrators."""
    return {"networks": FULL.list(call, _every(call))}


@operation("GET", "/os-networks/{id}", rule=LOOK, until=UNTIL, errors=(404,))
def show(call: Call, id: str) -> dict[str, Any]:
    """One network."""
    return {"network": FULL.show(call, call.conductor(CloudNetworks).get(call.context, id=id))}


@operation("GET", "/os-tenant-networks", rule=TENANT_LIST, until=UNTIL)
def tenant_index(call: Call) -> dict[str, Any]:
    """The caller's networks in brief."""
    return {"networks": BRIEF.list(call, _every(call))}


@operation("GET", "/os-tenant-networks/{id}", rule=TENANT_LOOK, until=UNTIL, errors=(404,))
def tenant_show(call: Call, id: str) -> dict[str, Any]:
    """One network in brief."""
    return {"network": BRIEF.show(call, call.conductor(CloudNetworks).get(call.context, id=id))}


def _every(call: Call) -> list[Network]:
    def find(page: Page) -> Sequence[Network]:
        return call.conductor(CloudNetworks).find(call.context, page=page)

    return paging.everything(call, find, lambda network: network.uuid)
