"""/servers/{server_id}/metadata."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.fields import METADATA, wrapped
from nova.api.web.operations import operation
from nova.api.web.policy import MEMBER, READER, rule
from nova.contracts.errors import BadRequest, NotFound
from nova.contracts.server import Servers

ALL = "/servers/{server_id}/metadata"
ONE = "/servers/{server_id}/metadata/{id}"
INDEX = rule("os_compute_api:server-metadata:index", READER, "List a server's metadata.")
LOOK = rule("os_compute_api:server-metadata:show", READER, "Look at one item of a server's metadata.")
CREATE = rule("os_compute_api:server-metadata:create", MEMBER, "Add to a server's metadata.")
UPDATE_ALL = rule("os_compute_api:server-metadata:update_all", MEMBER, "Replace a server's metadata.")
UPDATE = rule("os_compute_api:server-metadata:update", MEMBER, "Change one item of a server's metadata.")
DELETE = rule("os_compute_api:server-metadata:delete", MEMBER, "Delete one item of a server's metadata.")

BODY = wrapped("metadata", METADATA)
ONE_BODY = wrapped("meta", {**METADATA, "minProperties": 1, "maxProperties": 1})
WRITE_ERRORS = (400, 403, 404, 409)


@operation("GET", ALL, rule=INDEX, errors=(404,), on_server=True)
def index(call: Call) -> dict[str, Any]:
    """All items."""
    return {"metadata": call.server.metadata}


@operation("GET", ONE, rule=LOOK, errors=(404,), on_server=True)
def show(call: Call, id: str) -> dict[str, Any]:
    """One item."""
    if id not in call.server.metadata:
        raise NotFound(what="Metadata item", id=id)
    return {"meta": {id: call.server.metadata[id]}}


@operation("POST", ALL, rule=CREATE, body=BODY, errors=WRITE_ERRORS, on_server=True)
def create(call: Call) -> dict[str, Any]:
    """Add these items; others stay."""
    return {"metadata": _set(call, call.body["metadata"], replace=False)}


@operation("PUT", ALL, rule=UPDATE_ALL, body=BODY, errors=WRITE_ERRORS, on_server=True)
def replace(call: Call) -> dict[str, Any]:
    """Make these all there are."""
    return {"metadata": _set(call, call.body["metadata"], replace=True)}


@operation("PUT", ONE, rule=UPDATE, body=ONE_BODY, errors=WRITE_ERRORS, on_server=True)
def update(call: Call, id: str) -> dict[str, Any]:
    """Set one item."""
    if id not in call.body["meta"]:
        raise BadRequest(reason=f"Request body and URI mismatch: the body does not hold {id!r}")
    _set(call, call.body["meta"], replace=False)
    return {"meta": call.body["meta"]}


@operation("DELETE", ONE, rule=DELETE, status=204, errors=(404, 409), on_server=True)
def delete(call: Call, id: str) -> None:
    """Take one item away."""
    call.conductor(Servers).delete_metadata(call.context, server=call.server.uuid, key=id)


def _set(call: Call, items: dict[str, str], *, replace: bool) -> dict[str, str]:
    servers = call.conductor(Servers)
    return servers.set_metadata(call.context, server=call.server.uuid, metadata=items, replace=replace)
