"""/os-security-groups: named sets of rules for what may reach servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova.api.openstack.security_group_view import GROUP
from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.ids import number_of
from nova.api.web.operations import extension, operation
from nova.api.web.policy import MEMBER, READER, rule
from nova.api.web.schema import Schema, bad_field, repeatable
from nova.contracts.errors import NotFound
from nova.contracts.record import Page
from nova.contracts.security_group import SecurityGroup, SecurityGroups

LIST = rule("os_compute_api:os-security-groups:get", READER, "List security groups.")
LOOK = rule("os_compute_api:os-security-groups:show", READER, "Look at a security group.")
CREATE = rule("os_compute_api:os-security-groups:create", MEMBER, "Make security groups.")
UPDATE = rule("os_compute_api:os-security-groups:update", MEMBER, "Rename security groups.")
DELETE = rule("os_compute_api:os-security-groups:delete", MEMBER, "Delete security groups.")

extension("os-security-groups", "SecurityGroups", "Security group support.")

UNTIL = 35
ROOT, ONE = "/os-security-groups", "/os-security-groups/{id}"
NO = ("0", "f", "false", "off", "n", "no")
QUERY = repeatable({"limit": paging.LIMIT, "offset": paging.LIMIT, "all_tenants": paging.TEXT})


def _text() -> Schema:
    return {"type": "string", "maxLength": 255, "format": "text"}


BODY: Schema = {
    "type": "object",
    "properties": {
        "security_group": {
            "type": "object",
            "properties": {"name": _text(), "description": _text()},
            "required": ["name", "description"],
        }
    },
    "required": ["security_group"],
}


@operation("GET", ROOT, rule=LIST, until=UNTIL, query=QUERY, errors=(404,))
def index(call: Call) -> dict[str, Any]:
    """The project's groups, or for administrators who ask everybody's, by project and name."""
    everyone = (call.one("all_tenants") or "0").lower() not in NO

    def find(page: Page) -> Sequence[SecurityGroup]:
        return call.conductor(SecurityGroups).find(call.context, page=page, all_projects=everyone)

    groups = paging.everything(call, find, lambda group: group.id)
    groups.sort(key=lambda group: (group.project_id, group.name))
    most = call.api.conf.osapi_max_limit
    start, count = call.number("offset", 0) or 0, min(call.number("limit") or most, most)
    return {"security_groups": GROUP.list(call, groups[start : start + count])}


@operation("GET", ONE, rule=LOOK, until=UNTIL, errors=(404,))
def show(call: Call, id: str) -> dict[str, Any]:
    """One group with its rules. What is no number is no group: clients ask for names so, and then search the list."""
    if not id.isdecimal():
        raise NotFound(what="Security group", id=id[:80])
    group = call.conductor(SecurityGroups).get(call.context, id=number_of("Security group", id))
    return {"security_group": GROUP.show(call, group)}


@operation("POST", ROOT, rule=CREATE, until=UNTIL, body=BODY, errors=(400, 403))
def create(call: Call) -> dict[str, Any]:
    """A new group without rules."""
    name, description = _words(call)
    group = call.conductor(SecurityGroups).create(call.context, name=name, description=description)
    return {"security_group": GROUP.show(call, group)}


@operation("PUT", ONE, rule=UPDATE, until=UNTIL, body=BODY, errors=(400, 404))
def update(call: Call, id: str) -> dict[str, Any]:
    """Another name and description."""
    name, description = _words(call)
    group = call.conductor(SecurityGroups).update(
        call.context, id=number_of("Security group", id), name=name, description=description
    )
    return {"security_group": GROUP.show(call, group)}


@operation("DELETE", ONE, rule=DELETE, until=UNTIL, status=202, errors=(400, 404))
def delete(call: Call, id: str) -> None:
    """A group less."""
    call.conductor(SecurityGroups).delete(call.context, id=number_of("Security group", id))


def _words(call: Call) -> tuple[str, str]:
    given = call.body["security_group"]
    name, description = given["name"].strip(), given["description"].strip()
    if not name:
        raise bad_field("security_group.name", given["name"], "It cannot be empty.")
    return name, description
