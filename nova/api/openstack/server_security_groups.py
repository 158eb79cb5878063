"""/servers/{server_id}/os-security-groups."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.security_group_view import GROUP
from nova.api.web.call import Call
from nova.api.web.operations import operation
from nova.api.web.policy import READER, rule
from nova.contracts.security_group import SecurityGroups

LIST = rule("os_compute_api:os-security-groups:list", READER, "List the security groups of a server.")


@operation("GET", "/servers/{server_id}/os-security-groups", rule=LIST, errors=(404,), on_server=True)
def index(call: Call) -> dict[str, Any]:
    """The groups a server is in, with their rules."""
    groups = call.conductor(SecurityGroups).of_server(call.context, server=call.server.uuid)
    return {"security_groups": GROUP.list(call, groups)}
