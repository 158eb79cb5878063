"""/servers/{server_id}/os-interface, to be read."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.operations import operation
from nova.api.web.policy import READER, rule
from nova.api.web.views import Field, View
from nova.contracts.errors import NotFound
from nova.contracts.network import Vif

INDEX = rule("os_compute_api:os-attach-interfaces:list", READER, "List a server's interfaces.")
LOOK = rule("os_compute_api:os-attach-interfaces:show", READER, "Look at one interface of a server.")


def _fixed_ips(vif: Vif, call: Call) -> list[dict[str, str]]:
    # Networks here have no subnets of their own: the network's id stands for them.
    return [{"ip_address": ip.address, "subnet_id": vif.network.id} for ip in vif.ips]


INTERFACE = View(
    Field("port_id", "id"),
    Field("net_id", "network.id"),
    Field("mac_addr", "address"),
    Field("port_state", lambda vif, call: "ACTIVE"),
    Field("fixed_ips", _fixed_ips),
    Field("tag", "tag", since=70),
)


@operation("GET", "/servers/{server_id}/os-interface", rule=INDEX, errors=(404, 501), on_server=True)
def index(call: Call) -> dict[str, Any]:
    """All interfaces."""
    return {"interfaceAttachments": INTERFACE.list(call, call.server.vifs)}


@operation("GET", "/servers/{server_id}/os-interface/{id}", rule=LOOK, errors=(403, 404), on_server=True)
def show(call: Call, id: str) -> dict[str, Any]:
    """One interface."""
    for vif in call.server.vifs:
        if vif.id == id:
            return {"interfaceAttachment": INTERFACE.show(call, vif)}
    raise NotFound(what="Interface", id=id)
