"""removeSecurityGroup."""

from __future__ import annotations

from nova.api.web.call import Call
from nova.api.web.operations import action
from nova.api.web.policy import MEMBER, rule
from nova.contracts.security_group import SecurityGroups

# Other keys beside the action's are taken, as they always were.
BODY = {
    "type": "object",
    "properties": {
        "removeSecurityGroup": {
            "type": "object",
            "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 255}},
            "required": ["name"],
            "additionalProperties": False,
        }
    },
    "required": ["removeSecurityGroup"],
}


@action(
    "removeSecurityGroup",
    rule=rule("os_compute_api:os-security-groups:remove", MEMBER, "Take a server out of a security group."),
    body=BODY,
    errors=(400, 404, 409),
)
def remove_group(call: Call) -> None:
    """The server leaves the group, and its filters follow."""
    name = call.body["removeSecurityGroup"]["name"]
    call.conductor(SecurityGroups).remove_server(call.context, server=call.server.uuid, name=name)
