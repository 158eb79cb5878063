"""os-getConsoleOutput."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.remote_consoles import guest_ref
from nova.api.web.call import Call
from nova.api.web.fields import item, wrapped
from nova.api.web.operations import action
from nova.api.web.policy import MEMBER, rule
from nova.contracts.compute import Compute

LENGTH = {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]{1,9}\\Z", "minimum": -1, "maximum": 999999999}


@action(
    "os-getConsoleOutput",
    rule=rule("os_compute_api:os-console-output", MEMBER, "Read a server's serial console."),
    body=wrapped("os-getConsoleOutput", item({"length": LENGTH})),
    status=200,
    errors=(404, 409, 501),
)
def get_console_output(call: Call) -> dict[str, Any]:
    """The last lines of the serial console; all that is kept without a length, or with -1."""
    given = call.body["os-getConsoleOutput"].get("length")
    lines = None if given is None or int(given) < 0 else int(given)
    guest = guest_ref(call, call.server)
    output = call.daemon(Compute, call.server.host).console_output(call.context, guest=guest, lines=lines)
    return {"output": output}
