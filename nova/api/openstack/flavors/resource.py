"""/flavors/{id}, and making flavors."""

from __future__ import annotations

import uuid
from typing import Any

from nova.api.openstack.flavors.listing import LOOK
from nova.api.openstack.flavors.view import FULL
from nova.api.web.call import Call
from nova.api.web.fields import BOOLEAN, NAME, Part, dated, item, truth, wrapped
from nova.api.web.microversion import Dated
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, rule
from nova.api.web.schema import Schema, bad_field
from nova.contracts.flavor import Flavor, Flavors

CREATE = rule("os_compute_api:os-flavor-manage:create", ADMIN, "Make flavors.")
UPDATE = rule("os_compute_api:os-flavor-manage:update", ADMIN, "Change the description of flavors.")
DELETE = rule("os_compute_api:os-flavor-manage:delete", ADMIN, "Delete flavors.")

extension("OS-FLV-DISABLED", "FlavorDisabled", "Support to show the disabled status of a flavor.")
extension("OS-FLV-EXT-DATA", "FlavorExtraData", "Provide additional data for flavors.")
extension("os-flavor-manage", "FlavorManage", "Flavor create/delete API support.")
extension("os-flavor-rxtx", "FlavorRxtx", "Support to show the rxtx status of a flavor.")
extension("os-flavor-swap", "FlavorSwap", "Support to show the swap status of a flavor.")

LARGEST = 0x7FFFFFFF
LARGEST_FACTOR = 3.40282e38
ID: Schema = {
    "type": ["string", "number", "null"],
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^(?! )[a-zA-Z0-9. _-]+(?<! )\\Z",
}
FACTOR: Schema = {
    "type": ["number", "string"],
    "pattern": r"^[0-9]{1,39}(\.[0-9]{1,39})?\Z",
    "exclusiveMinimum": 0,
    "maximum": LARGEST_FACTOR,
}
DESCRIPTION: Schema = {"type": ["string", "null"], "maxLength": 65535, "format": "text"}


def _size(least: int) -> Schema:
    return {"type": ["integer", "string"], "pattern": "^[0-9]{1,10}\\Z", "minimum": least, "maximum": LARGEST}


NEW = dated(
    Part("name", NAME, required=True),
    Part("id", ID),
    Part("ram", _size(1), required=True),
    Part("vcpus", _size(1), required=True),
    Part("disk", _size(0), required=True),
    Part("OS-FLV-EXT-DATA:ephemeral", _size(0)),
    Part("swap", _size(0)),
    Part("rxtx_factor", FACTOR, until=101),
    Part("os-flavor-access:is_public", BOOLEAN),
    Part("description", DESCRIPTION, since=55),
    wrap=lambda flavor: wrapped("flavor", flavor),
)
CHANGED = Dated({55: wrapped("flavor", item({"description": DESCRIPTION}, "description"))})


@operation("GET", "/flavors/{id}", rule=LOOK, errors=(404,))
def show(call: Call, id: str) -> dict[str, Any]:
    """One flavor."""
    return {"flavor": FULL.show(call, call.conductor(Flavors).get(call.context, flavorid=id))}


@operation("POST", "/flavors", rule=CREATE, body=NEW, errors=(400, 409))
def create(call: Call) -> dict[str, Any]:
    """A new flavor."""
    flavor = call.conductor(Flavors).create(call.context, flavor=_read(call.body["flavor"]))
    return {"flavor": FULL.show(call, flavor)}


@operation("PUT", "/flavors/{id}", rule=UPDATE, since=55, body=CHANGED, errors=(400, 404))
def update(call: Call, id: str) -> dict[str, Any]:
    """Another description."""
    description = call.body["flavor"]["description"]
    flavor = call.conductor(Flavors).set_description(call.context, flavorid=id, description=description)
    return {"flavor": FULL.show(call, flavor)}


@operation("DELETE", "/flavors/{id}", rule=DELETE, status=202, errors=(404,))
def delete(call: Call, id: str) -> None:
    """A flavor less; servers keep theirs."""
    call.conductor(Flavors).delete(call.context, flavorid=id)


def _read(given: dict[str, Any]) -> Flavor:
    flavorid = given.get("id")
    return Flavor(
        flavorid=str(uuid.uuid4() if flavorid is None else flavorid),
        name=given["name"].strip(),
        memory_mb=_number("ram", given["ram"], 1),
        vcpus=_number("vcpus", given["vcpus"], 1),
        root_gb=_number("disk", given["disk"], 0),
        ephemeral_gb=_number("OS-FLV-EXT-DATA:ephemeral", given.get("OS-FLV-EXT-DATA:ephemeral", 0), 0),
        swap=_number("swap", given.get("swap", 0), 0),
        rxtx_factor=_factor(given.get("rxtx_factor", 1.0)),
        is_public=truth(given.get("os-flavor-access:is_public", True)),
        description=given.get("description"),
    )


def _number(key: str, value: int | str, least: int) -> int:
    """A size, which may come as text: then no schema has looked at its bounds."""
    number = int(value)
    if not least <= number <= LARGEST:
        raise bad_field(f"flavor.{key}", value, f"It must be between {least} and {LARGEST}.")
    return number


def _factor(value: float | str) -> float:
    factor = float(value)
    if not 0 < factor <= LARGEST_FACTOR:
        raise bad_field("flavor.rxtx_factor", value, "It must be larger than 0.")
    return factor
