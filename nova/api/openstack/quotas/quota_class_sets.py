"""/os-quota-class-sets/{id}: limits by class; those of the class "default" are every project's without its own."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.quotas.resources import Words, read
from nova.api.web.call import Call
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, rule
from nova.api.web.schema import bad_field
from nova.contracts.quota import Quotas

LOOK = rule("os_compute_api:os-quota-class-sets:show", ADMIN, "See the limits of a quota class.")
UPDATE = rule("os_compute_api:os-quota-class-sets:update", ADMIN, "Set the limits of a quota class.")

extension("os-quota-class-sets", "QuotaClasses", "Quota classes management support.")

ONE = "/os-quota-class-sets/{id}"
WORDS = Words(network_until=49, groups_since=50)
MAX_NAME = 255


@operation("GET", ONE, rule=LOOK)
def show(call: Call, id: str) -> dict[str, Any]:
    """The limits of a class."""
    limits = call.conductor(Quotas).class_limits(call.context, name=id)
    return {"quota_class_set": {"id": id, **_shown(call, limits)}}


@operation("PUT", ONE, rule=UPDATE, body=WORDS.body("quota_class_set"), errors=(400,))
def update(call: Call, id: str) -> dict[str, Any]:
    """Set some limits of a class."""
    if len(id) > MAX_NAME:
        raise bad_field("quota_class", id, f"It may have {MAX_NAME} letters.")
    new = read("quota_class_set", call.body["quota_class_set"])
    limits = call.conductor(Quotas).set_class_limits(call.context, name=id, limits=new)
    return {"quota_class_set": _shown(call, limits)}


def _shown(call: Call, limits: dict[str, int]) -> dict[str, int]:
    return {name: limits[name] for name in WORDS.shown(call.version)}
