"""/images/{image_id}/metadata: what owners say of their images."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.fields import METADATA, wrapped
from nova.api.web.operations import operation
from nova.api.web.policy import ANY, rule
from nova.contracts.errors import BadRequest, NotFound, TooManyOf
from nova.contracts.image import Image
from nova.contracts.quota import Quotas

CHANGE = rule("os_compute_api:image-metadata", ANY, "See and change images' metadata, as far as Glance allows.")

ALL = "/images/{image_id}/metadata"
ONE = "/images/{image_id}/metadata/{id}"
UNTIL = 38
UNLIMITED = -1
BODY = wrapped("metadata", METADATA)
ONE_BODY = wrapped("meta", {**METADATA, "minProperties": 1, "maxProperties": 1})
WRITE_ERRORS = (400, 403, 404)


@operation("GET", ALL, rule=CHANGE, until=UNTIL, errors=(403, 404))
def index(call: Call, image_id: str) -> dict[str, Any]:
    """All items."""
    return {"metadata": _image(call, image_id).properties}


@operation("GET", ONE, rule=CHANGE, until=UNTIL, errors=(403, 404))
def show(call: Call, image_id: str, id: str) -> dict[str, Any]:
    """One item."""
    return {"meta": {id: _items_with(call, image_id, id)[id]}}


@operation("POST", ALL, rule=CHANGE, until=UNTIL, body=BODY, errors=WRITE_ERRORS)
def create(call: Call, image_id: str) -> dict[str, Any]:
    """Add these items; others stay."""
    items = {**_image(call, image_id).properties, **call.body["metadata"]}
    return {"metadata": _write(call, image_id, items)}


@operation("PUT", ALL, rule=CHANGE, until=UNTIL, body=BODY, errors=WRITE_ERRORS)
def replace(call: Call, image_id: str) -> dict[str, Any]:
    """Make these all there are."""
    return {"metadata": _write(call, image_id, call.body["metadata"], replace=True)}


@operation("PUT", ONE, rule=CHANGE, until=UNTIL, body=ONE_BODY, errors=WRITE_ERRORS)
def update(call: Call, image_id: str, id: str) -> dict[str, Any]:
    """Set one item."""
    meta = call.body["meta"]
    if id not in meta:
        raise BadRequest(reason=f"Request body and URI mismatch: the body does not hold {id!r}")
    _write(call, image_id, {**_image(call, image_id).properties, **meta})
    return {"meta": meta}


@operation("DELETE", ONE, rule=CHANGE, until=UNTIL, status=204, errors=(403, 404))
def delete(call: Call, image_id: str, id: str) -> None:
    """Take one item away."""
    items = _items_with(call, image_id, id)
    del items[id]
    call.api.images.set_properties(call.context, image_id, items, replace=True)


def _image(call: Call, image_id: str) -> Image:
    return call.api.images.get(call.context, image_id)


def _items_with(call: Call, image_id: str, key: str) -> dict[str, str]:
    items = dict(_image(call, image_id).properties)
    if key not in items:
        raise NotFound(what="Metadata item", id=key)
    return items


def _write(call: Call, image_id: str, items: dict[str, str], *, replace: bool = False) -> dict[str, str]:
    usages = call.conductor(Quotas).usages(call.context, project_id=str(call.context.project_id))
    allowed = usages["metadata_items"].limit
    if UNLIMITED != allowed < len(items):
        raise TooManyOf(resource="metadata_items", allowed=allowed)
    return call.api.images.set_properties(call.context, image_id, items, replace=replace).properties
