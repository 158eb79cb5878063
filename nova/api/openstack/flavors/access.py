"""Which projects may use a private flavor."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.fields import item, wrapped
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, rule
from nova.api.web.schema import Schema
from nova.contracts.errors import Conflict
from nova.contracts.flavor import Flavors

LIST = rule("os_compute_api:os-flavor-access", ADMIN, "List the projects that may use a private flavor.")
ADD = rule("os_compute_api:os-flavor-access:add_tenant_access", ADMIN, "Let a project use a private flavor.")
REMOVE = rule("os_compute_api:os-flavor-access:remove_tenant_access", ADMIN, "Take a private flavor from a project.")

extension("os-flavor-access", "FlavorAccess", "Flavor access support.")

PRIVATE_ONLY_SINCE = 7


def _body(action: str) -> Schema:
    return wrapped(action, item({"tenant": {"type": "string", "minLength": 1, "maxLength": 255}}, "tenant"))


@operation("GET", "/flavors/{flavor_id}/os-flavor-access", rule=LIST, errors=(404,))
def index(call: Call, flavor_id: str) -> dict[str, Any]:
    """The projects of a private flavor."""
    return _shown(flavor_id, call.conductor(Flavors).access(call.context, flavorid=flavor_id))


@operation(
    "POST",
    "/flavors/{id}/action",
    action="addTenantAccess",
    rule=ADD,
    body=_body("addTenantAccess"),
    errors=(400, 403, 404, 409),
)
def add(call: Call, id: str) -> dict[str, Any]:
    """One more project."""
    flavors = call.conductor(Flavors)
    if call.version >= PRIVATE_ONLY_SINCE and flavors.get(call.context, flavorid=id).is_public:
        raise Conflict(reason="Can not add access to a public flavor.")
    project = call.body["addTenantAccess"]["tenant"]
    return _shown(id, flavors.add_access(call.context, flavorid=id, project_id=project))


@operation(
    "POST",
    "/flavors/{id}/action",
    action="removeTenantAccess",
    rule=REMOVE,
    body=_body("removeTenantAccess"),
    errors=(400, 403, 404),
)
def remove(call: Call, id: str) -> dict[str, Any]:
    """One project less."""
    project = call.body["removeTenantAccess"]["tenant"]
    return _shown(id, call.conductor(Flavors).remove_access(call.context, flavorid=id, project_id=project))


def _shown(flavorid: str, projects: list[str]) -> dict[str, Any]:
    return {"flavor_access": [{"flavor_id": flavorid, "tenant_id": project} for project in projects]}
