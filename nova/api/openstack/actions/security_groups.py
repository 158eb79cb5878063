"""addSecurityGroup and removeSecurityGroup."""

from __future__ import annotations

from nova.api.web.call import Call
from nova.api.web.fields import item, wrapped
from nova.api.web.operations import action
from nova.api.web.policy import MEMBER, rule
from nova.api.web.schema import Schema
from nova.contracts.security_group import SecurityGroups

ADD, REMOVE = "addSecurityGroup", "removeSecurityGroup"
MAY_ADD = rule("os_compute_api:os-security-groups:add", MEMBER, "Put a server into a security group.")
MAY_REMOVE = rule("os_compute_api:os-security-groups:remove", MEMBER, "Take a server out of a security group.")
ERRORS = (400, 404, 409)


def _body(name: str) -> Schema:
    return wrapped(name, item({"name": {"type": "string", "minLength": 1, "maxLength": 255}}, "name"))


@action(ADD, rule=MAY_ADD, body=_body(ADD), errors=ERRORS)
def add(call: Call) -> None:
    """The server joins the group, and its filters follow."""
    call.conductor(SecurityGroups).add_server(call.context, server=call.server.uuid, name=call.body[ADD]["name"])


@action(REMOVE, rule=MAY_REMOVE, body=_body(REMOVE), errors=ERRORS)
def remove(call: Call) -> None:
    """The server leaves the group, and its filters follow."""
    call.conductor(SecurityGroups).remove_server(call.context, server=call.server.uuid, name=call.body[REMOVE]["name"])
