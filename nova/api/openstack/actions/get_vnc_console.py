"""os-getVNCConsole, until remote-consoles took its place."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.remote_consoles import OPEN, open_novnc
from nova.api.web.call import Call
from nova.api.web.fields import item, wrapped
from nova.api.web.operations import action
from nova.contracts.errors import BadRequest


@action(
    "os-getVNCConsole",
    rule=OPEN,
    body=wrapped("os-getVNCConsole", item({"type": {"type": "string", "enum": ["novnc", "xvpvnc"]}}, "type")),
    until=5,
    status=200,
    errors=(400, 404, 409, 501),
)
def get_vnc_console(call: Call) -> dict[str, Any]:
    """A URL for the user's browser."""
    kind = call.body["os-getVNCConsole"]["type"]
    if kind != "novnc":
        raise BadRequest(reason=f"Unavailable console type {kind}.")
    return {"console": {"type": kind, "url": open_novnc(call)}}
