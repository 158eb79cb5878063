"""/flavors/{flavor_id}/os-extra_specs: what a flavor asks of a host beyond its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova.api.openstack.flavors import extra_spec_rules
from nova.api.openstack.flavors.view import SEE_SPECS
from nova.api.web.call import Call
from nova.api.web.fields import wrapped
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, READER, rule
from nova.api.web.schema import Schema
from nova.contracts.errors import BadRequest, NotFound
from nova.contracts.flavor import Flavors

ALL = "/flavors/{flavor_id}/os-extra_specs"
ONE = "/flavors/{flavor_id}/os-extra_specs/{id}"
LOOK = rule("os_compute_api:os-flavor-extra-specs:show", READER, "See one extra spec of a flavor.")
CREATE = rule("os_compute_api:os-flavor-extra-specs:create", ADMIN, "Add extra specs to a flavor.")
UPDATE = rule("os_compute_api:os-flavor-extra-specs:update", ADMIN, "Change an extra spec of a flavor.")
DELETE = rule("os_compute_api:os-flavor-extra-specs:delete", ADMIN, "Take an extra spec from a flavor.")

extension("os-flavor-extra-specs", "FlavorExtraSpecs", "Flavors extra specs support.")

CHECKED_SINCE = 86
SPECS: Schema = {
    "type": "object",
    "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}\\Z": {"type": ["string", "number"], "maxLength": 255}},
    "additionalProperties": False,
}


@operation("GET", ALL, rule=SEE_SPECS, errors=(404,))
def index(call: Call, flavor_id: str) -> dict[str, Any]:
    """All of a flavor's."""
    return {"extra_specs": _specs(call, flavor_id)}


@operation("GET", ONE, rule=LOOK, errors=(404,))
def show(call: Call, flavor_id: str, id: str) -> dict[str, Any]:
    """One of them."""
    specs = _specs(call, flavor_id)
    if id not in specs:
        raise NotFound(what=f"Extra spec {id} of flavor", id=flavor_id)
    return {id: specs[id]}


@operation("POST", ALL, rule=CREATE, body=wrapped("extra_specs", SPECS), errors=(400, 404, 409))
def create(call: Call, flavor_id: str) -> dict[str, Any]:
    """Add these, or replace their values; others stay."""
    _write(call, flavor_id, call.body["extra_specs"])
    return {"extra_specs": call.body["extra_specs"]}


@operation("PUT", ONE, rule=UPDATE, body={**SPECS, "minProperties": 1, "maxProperties": 1}, errors=(400, 404, 409))
def update(call: Call, flavor_id: str, id: str) -> dict[str, Any]:
    """Set one."""
    if id not in call.body:
        raise BadRequest(reason=f"Request body and URI mismatch: the body does not hold {id!r}")
    _write(call, flavor_id, call.body)
    return dict(call.body)


@operation("DELETE", ONE, rule=DELETE, errors=(404,))
def delete(call: Call, flavor_id: str, id: str) -> None:
    """Take one away."""
    call.conductor(Flavors).delete_extra_spec(call.context, flavorid=flavor_id, key=id)


def _specs(call: Call, flavorid: str) -> dict[str, str]:
    return call.conductor(Flavors).get(call.context, flavorid=flavorid).extra_specs


def _write(call: Call, flavorid: str, given: Mapping[str, str | float]) -> None:
    specs = {key: str(value) for key, value in given.items()}
    if call.version >= CHECKED_SINCE:
        for key, value in specs.items():
            extra_spec_rules.check(key, value)
    call.conductor(Flavors).set_extra_specs(call.context, flavorid=flavorid, specs=specs)
