"""/servers/{server_id}/ips."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.servers.view import addresses
from nova.api.web.call import Call
from nova.api.web.operations import operation
from nova.api.web.policy import READER, rule
from nova.contracts.errors import NotFound

INDEX = rule("os_compute_api:ips:index", READER, "List a server's addresses.")
LOOK = rule("os_compute_api:ips:show", READER, "List a server's addresses on one network.")


@operation("GET", "/servers/{server_id}/ips", rule=INDEX, errors=(404,), on_server=True)
def index(call: Call) -> dict[str, Any]:
    """Addresses by network."""
    return {"addresses": addresses(call.server, call, extended=False)}


@operation("GET", "/servers/{server_id}/ips/{id}", rule=LOOK, errors=(404,), on_server=True)
def show(call: Call, id: str) -> dict[str, Any]:
    """Addresses on the network of this label."""
    found = addresses(call.server, call, extended=False)
    if id not in found:
        raise NotFound(what="Network", id=id)
    return {id: found[id]}
