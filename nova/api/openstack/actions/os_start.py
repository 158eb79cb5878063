"""os-start."""

from __future__ import annotations

from nova.api.web.call import Call
from nova.api.web.fields import NOTHING, wrapped
from nova.api.web.operations import action
from nova.api.web.policy import MEMBER, rule
from nova.contracts.server import Servers


@action(
    "os-start",
    rule=rule("os_compute_api:servers:start", MEMBER, "Start a stopped server."),
    body=wrapped("os-start", NOTHING),
)
def start(call: Call) -> None:
    """Power a stopped server on."""
    call.conductor(Servers).begin(call.context, server=call.server.uuid, action="start", arguments={})
