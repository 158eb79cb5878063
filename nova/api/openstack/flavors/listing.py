"""Lists of flavors."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.flavors.view import BRIEF, FULL
from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.fields import truth
from nova.api.web.microversion import Dated
from nova.api.web.operations import operation
from nova.api.web.policy import ANY, rule
from nova.api.web.schema import Schema, bad_query, repeatable
from nova.api.web.views import View
from nova.contracts.errors import BadRequest
from nova.contracts.flavor import Flavor, FlavorFilter, Flavors
from nova.contracts.record import Page

LOOK = rule("os_compute_api:flavors", ANY, "Look at flavors.")

SORT_KEYS = (
    *("created_at", "description", "disabled", "ephemeral_gb", "flavorid", "id", "is_public", "memory_mb", "name"),
    *("root_gb", "rxtx_factor", "swap", "updated_at", "vcpu_weight", "vcpus"),
)
NO_COLUMN = "vcpu_weight"
"""A sort key that clients may send and that tells no two flavors apart."""


def _keys(sort_keys: tuple[str, ...], **more: Schema) -> dict[str, Schema]:
    filters = ("is_public", "minRam", "minDisk")
    sort: dict[str, Schema] = {**paging.SORT_KEYS, "sort_key": {"type": "string", "enum": list(sort_keys)}}
    return {**paging.KEYS, **dict.fromkeys(filters, paging.TEXT), **sort, **more}


QUERY = Dated(
    {
        1: repeatable(_keys(SORT_KEYS), open_until=74),
        102: repeatable(_keys(tuple(key for key in SORT_KEYS if key != "rxtx_factor"), name=paging.TEXT)),
    }
)


@operation("GET", "/flavors", rule=LOOK, query=QUERY, errors=(400,))
def index(call: Call) -> dict[str, Any]:
    """A page of flavors in brief."""
    return _list(call, BRIEF)


@operation("GET", "/flavors/detail", rule=LOOK, query=QUERY, errors=(400,))
def detail(call: Call) -> dict[str, Any]:
    """A page of flavors in full."""
    return _list(call, FULL)


def _list(call: Call, view: View) -> dict[str, Any]:
    filters = FlavorFilter(
        is_public=_is_public(call),
        min_ram=_least(call, "minRam"),
        min_disk=_least(call, "minDisk"),
        name=call.one("name"),
    )
    page = _page(call)
    flavors = paging.fetch(page, lambda page: call.conductor(Flavors).find(call.context, filters=filters, page=page))
    links = paging.next_link(call, page, flavors, _id)
    return {"flavors": view.list(call, flavors), **({"flavors_links": links} if links else {})}


def _id(flavor: Flavor) -> str:
    return flavor.flavorid


def _page(call: Call) -> Page:
    """Flavors are sorted by one key, ascending unless the client says otherwise."""
    page = paging.wanted(call)
    key = call.one("sort_key", "flavorid") or "flavorid"
    sort = [("flavorid" if key == NO_COLUMN else key, call.one("sort_dir", "asc") or "asc")]
    return Page(limit=page.limit, marker=page.marker, sort=sort)


def _is_public(call: Call) -> bool | None:
    """Administrators may ask for private flavors, or for all; others see theirs whatever they ask."""
    text = (call.one("is_public") or "true").strip().lower()
    if not call.context.is_admin:
        return True
    if text == "none":
        return None
    if truth(text):
        return True
    if text in ("0", "f", "false", "off", "n", "no"):
        return False
    raise BadRequest(reason=f"Invalid is_public filter [{text[:80]}]")


def _least(call: Call, key: str) -> int | None:
    text = call.one(key)
    if text is None:
        return None
    try:
        number = int(text)
    except ValueError as error:
        raise bad_query(key, text, "It is not a number.") from error
    # No flavor is larger, and no database counts further.
    return max(-1, min(number, 0x7FFFFFFF))
