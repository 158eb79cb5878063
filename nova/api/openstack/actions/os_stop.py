"""os-stop."""

from __future__ import annotations

from nova.api.web.call import Call
from nova.api.web.fields import NOTHING, wrapped
from nova.api.web.operations import action
from nova.api.web.policy import MEMBER, rule
from nova.contracts.server import Servers


@action(
    "os-stop",
    rule=rule("os_compute_api:servers:stop", MEMBER, "Stop a server."),
    body=wrapped("os-stop", NOTHING),
)
def stop(call: Call) -> None:
    """Ask the guest to shut down, and power it off."""
    call.conductor(Servers).begin(call.context, server=call.server.uuid, action="stop", arguments={})
