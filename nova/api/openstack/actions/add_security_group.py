"""addSecurityGroup."""

from __future__ import annotations

from nova.api.web.call import Call
from nova.api.web.operations import action
from nova.api.web.policy import MEMBER, rule
from nova.contracts.security_group import SecurityGroups

# Other keys beside the action's are taken, as they always were.
BODY = {
    "type": "object",
    "properties": {
        "addSecurityGroup": {
            "type": "object",
            "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 255}},
            "required": ["name"],
            "additionalProperties": False,
        }
    },
    "required": ["addSecurityGroup"],
}


@action(
    "addSecurityGroup",
    rule=rule("os_compute_api:os-security-groups:add", MEMBER, "Put a server into a security group."),
    body=BODY,
    errors=(400, 404, 409),
)
def add_group(call: Call) -> None:
    """The server joins the group, and its filters follow."""
    name = call.body["addSecurityGroup"]["name"]
    call.conductor(SecurityGroups).add_server(call.context, server=call.server.uuid, name=name)
