"""reboot."""

from __future__ import annotations

from nova.api.web.call import Call
from nova.api.web.fields import item, wrapped
from nova.api.web.operations import action
from nova.api.web.policy import MEMBER, rule
from nova.contracts.server import Servers

KINDS = {"type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]}


@action(
    "reboot",
    rule=rule("os_compute_api:servers:reboot", MEMBER, "Reboot a server."),
    body=wrapped("reboot", item({"type": KINDS}, "type")),
)
def reboot(call: Call) -> None:
    """Soft asks the guest; hard makes it anew from its record."""
    kind = call.body["reboot"]["type"].lower()
    call.conductor(Servers).begin(
        call.context, server=call.server.uuid, action=f"{kind} reboot", arguments={"hard": kind == "hard"}
    )
