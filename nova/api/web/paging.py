"""Lists come in pages, by limit and marker, with a link to the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from nova.api.web.call import Call
from nova.api.web.schema import Schema, bad_query
from nova.contracts.errors import BadRequest
from nova.contracts.record import Page

T = TypeVar("T")

LIMIT: Schema = {"type": "string", "pattern": "^[0-9]{1,18}$"}
TEXT: Schema = {"type": "string", "maxLength": 255}
KEYS: dict[str, Schema] = {"limit": LIMIT, "marker": TEXT}
"""Query keys of every paged list."""
SORT_KEYS: dict[str, Schema] = {"sort_key": TEXT, "sort_dir": {"type": "string", "enum": ["asc", "desc"]}}
"""Query keys of sorted lists; both may be repeated."""


def wanted(call: Call, *, sort: Mapping[str, str] | None = None, default: Sequence[tuple[str, str]] = ()) -> Page:
    """The page a request asks for, never larger than osapi_max_limit.

    `sort` maps the sort keys a client may use to the conductor's; `default` holds where none is given.
    """
    most = call.api.conf.osapi_max_limit
    limit = min(call.number("limit", most) or 0, most)
    return Page(limit=limit, marker=call.one("marker"), sort=_sort(call, sort or {}) or list(default))


def _sort(call: Call, known: Mapping[str, str]) -> list[tuple[str, str]]:
    keys, directions = call.query.get("sort_key", []), call.query.get("sort_dir", [])
    if not known:
        return []
    if len(directions) > len(keys):
        raise BadRequest(reason="Sort direction size exceeds sort key size")
    pairs: list[tuple[str, str]] = []
    for position, key in enumerate(keys):
        if key not in known:
            raise bad_query("sort_key", key, "It is not a sort key.")
        direction = directions[position] if position < len(directions) else _rest(directions)
        pairs.append((known[key], direction))
    return pairs


def _rest(directions: Sequence[str]) -> str:
    # One direction alone is meant for all keys.
    return directions[0] if directions else "desc"


def fetch(page: Page, find: Callable[[Page], Sequence[T]]) -> Sequence[T]:
    """The page's items; a limit of 0 asks for none, and no question travels."""
    return find(page) if page.limit else []


def everything(call: Call, find: Callable[[Page], Sequence[T]], marker: Callable[[T], Any]) -> list[T]:
    """All items of a list that has no pages for this client, asked for page by page."""
    most = call.api.conf.osapi_max_limit
    found = list(find(Page(limit=most)))
    count = len(found)
    while count == most:
        more = find(Page(limit=most, marker=str(marker(found[-1]))))
        found += more
        count = len(more)
    return found


def next_link(call: Call, page: Page, items: Sequence[T], marker: Callable[[T], Any]) -> list[dict[str, str]]:
    """A list with the link to the page after this one; empty when this one is not full."""
    if not items or len(items) < page.limit:
        return []
    given: Iterable[tuple[str, str]] = [(k, v) for k, v in call.http.GET.items() if k != "marker"]
    query = urlencode([*given, ("marker", str(marker(items[-1])))])
    return [{"rel": "next", "href": f"{call.public_url}?{query}"}]
