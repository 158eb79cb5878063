"""/servers/{server_id}/remote-consoles: a URL that opens a server's screen, once."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.fields import item, wrapped
from nova.api.web.microversion import Dated
from nova.api.web.operations import operation
from nova.api.web.policy import MEMBER, rule
from nova.api.web.schema import Schema
from nova.contracts.compute import Compute
from nova.contracts.console import ConsoleAccess, ConsoleAuth, console_url
from nova.contracts.errors import BadRequest, ServerNotReady
from nova.contracts.guest import GuestRef
from nova.contracts.naming import guest_name
from nova.contracts.server import Server
from nova.contracts.states import VmState

OPEN = rule("os_compute_api:os-remote-consoles", MEMBER, "Open a server's console.")

PROTOCOLS = ["vnc", "spice", "serial", "rdp"]
TYPES = ["novnc", "xvpvnc", "spice-html5", "serial", "rdp-html5"]


def _body(protocols: list[str], types: list[str]) -> Schema:
    words: dict[str, Schema] = {
        "protocol": {"type": "string", "enum": protocols},
        "type": {"type": "string", "enum": types},
    }
    return wrapped("remote_console", item(words, "protocol", "type"))


BODY = Dated(
    {
        6: _body(PROTOCOLS, TYPES),
        8: _body([*PROTOCOLS, "mks"], [*TYPES, "webmks"]),
        99: _body([*PROTOCOLS, "mks"], [*TYPES, "webmks", "spice-direct"]),
    }
)


@operation(
    "POST",
    "/servers/{server_id}/remote-consoles",
    rule=OPEN,
    since=6,
    body=BODY,
    errors=(400, 404, 409, 501),
    on_server=True,
)
def create(call: Call) -> dict[str, Any]:
    """A URL for the user's browser."""
    wanted = call.body["remote_console"]
    if (wanted["protocol"], wanted["type"]) != ("vnc", "novnc"):
        raise BadRequest(reason=f"Unavailable console type {wanted['type']}.")
    return {"remote_console": {**wanted, "url": open_novnc(call)}}


def open_novnc(call: Call) -> str:
    """The URL of the server's screen at nova-novncproxy, with a fresh token in it."""
    server = call.server
    if server.vm_state == VmState.BUILDING:
        raise ServerNotReady(server=server.uuid)
    guest = guest_ref(call, server)
    target = call.daemon(Compute, server.host).console_target(call.context, guest=guest, kind="vnc")
    base: str = call.api.conf.vnc.novncproxy_base_url
    access = ConsoleAccess(server=server.uuid, console_type="novnc", target=target, access_url_base=base)
    return console_url(base, call.daemon(ConsoleAuth, None).authorize(call.context, access=access))


def guest_ref(call: Call, server: Server) -> GuestRef:
    """Which guest its host must look for. ServerNotReady when it has no host yet."""
    if server.host is None:
        raise ServerNotReady(server=server.uuid)
    name = guest_name(call.api.conf, server.number)
    return GuestRef(uuid=server.uuid, number=server.number, name=name, vifs=server.vifs)
