"""Lists of images, one of them, and deleting it, with the caller's own token."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.images.view import BRIEF, FULL, OF_SERVER, STATUS
from nova.api.openstack.servers.filters import moment
from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.microversion import LAST
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ANY, rule
from nova.api.web.schema import Schema, repeatable
from nova.api.web.views import View, stamp

LOOK = rule("os_compute_api:images", ANY, "Look at images and delete them, as far as Glance allows.")

extension("OS-EXT-IMG-SIZE", "ImageSize", "Adds image size to image listings.")

UNTIL = 35
PROPERTY = "property-"
WORDS = {"name": "name", "minRam": "min_ram", "minDisk": "min_disk", "type": "image_type"}
NUMBERS = ("minRam", "minDisk")
_TEXTS = ("name", "status", "changes-since", "server", "type", "minRam", "minDisk", "marker")
COUNT: Schema = {"type": "string", "pattern": r"^0*[1-9][0-9]{0,17}\Z"}
_KEYS: dict[str, Schema] = {
    **dict.fromkeys(_TEXTS, paging.TEXT),
    **dict.fromkeys(("limit", "page_size", "offset"), COUNT),
}
QUERY = repeatable(_KEYS, open_until=LAST)


@operation("GET", "/images", rule=LOOK, until=UNTIL, query=QUERY, errors=(400,))
def index(call: Call) -> dict[str, Any]:
    """Images in brief, the newest first."""
    return _list(call, BRIEF)


@operation("GET", "/images/detail", rule=LOOK, until=UNTIL, query=QUERY, errors=(400,))
def detail(call: Call) -> dict[str, Any]:
    """Images in full, the newest first."""
    return _list(call, FULL)


@operation("GET", "/images/{id}", rule=LOOK, until=UNTIL, errors=(404,))
def show(call: Call, id: str) -> dict[str, Any]:
    """One image."""
    return {"image": FULL.show(call, call.api.images.get(call.context, id))}


@operation("DELETE", "/images/{id}", rule=LOOK, until=UNTIL, status=204, errors=(403, 404))
def delete(call: Call, id: str) -> None:
    """An image less."""
    call.api.images.delete(call.context, id)


def _list(call: Call, view: View) -> dict[str, Any]:
    filters = _filters(call)
    page = paging.wanted(call)
    images = paging.fetch(
        page,
        lambda page: call.api.images.find(call.context, filters=filters, limit=page.limit, marker=page.marker),
    )
    links = paging.next_link(call, page, images, lambda image: image.id)
    return {"images": view.list(call, images), **({"images_links": links} if links else {})}


def _filters(call: Call) -> dict[str, str]:
    """What the query asks for in Glance's words. BadRequest."""
    filters = {key.removeprefix(PROPERTY): value for key, value in call.http.GET.items() if key.startswith(PROPERTY)}
    for key in NUMBERS:
        call.number(key)
    filters |= {word: value for key, word in WORDS.items() if (value := call.one(key)) is not None}
    if status := call.one("status"):
        filters["status"] = _status(status)
    if since := call.one("changes-since"):
        filters["updated_at"] = f"gte:{stamp(moment('changes-since', since))}"
    if server := call.one("server"):
        # Older clients send the server's URL.
        filters[OF_SERVER] = server.rstrip("/").rpartition("/")[2]
    return filters


def _status(asked: str) -> str:
    """Glance's words for one of ours, several by commas; its own words pass."""
    words = [theirs for theirs, ours in STATUS.items() if ours == asked.upper()]
    return f"in:{','.join(words)}" if len(words) > 1 else (words or [asked.lower()])[0]
