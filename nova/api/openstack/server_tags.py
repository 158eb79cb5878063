"""/servers/{server_id}/tags."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Answer, Call
from nova.api.web.fields import TAG, TAGS, wrapped
from nova.api.web.microversion import LAST
from nova.api.web.operations import operation
from nova.api.web.policy import MEMBER, READER, rule
from nova.api.web.schema import Query, check_body
from nova.contracts.errors import NotFound
from nova.contracts.server import Servers

ALL = "/servers/{server_id}/tags"
ONE = "/servers/{server_id}/tags/{id}"
INDEX = rule("os_compute_api:os-server-tags:index", READER, "List a server's tags.")
LOOK = rule("os_compute_api:os-server-tags:show", READER, "See whether a server has a tag.")
UPDATE_ALL = rule("os_compute_api:os-server-tags:update_all", MEMBER, "Replace a server's tags.")
UPDATE = rule("os_compute_api:os-server-tags:update", MEMBER, "Add a tag to a server.")
DELETE = rule("os_compute_api:os-server-tags:delete", MEMBER, "Take a tag from a server.")
DELETE_ALL = rule("os_compute_api:os-server-tags:delete_all", MEMBER, "Take all tags from a server.")

SINCE = 26
NAMED = wrapped("tag", TAG)
ANY_QUERY = Query({}, open_until=LAST)


@operation("GET", ALL, rule=INDEX, since=SINCE, query=ANY_QUERY, errors=(404,), on_server=True)
def index(call: Call) -> dict[str, Any]:
    """All tags."""
    return {"tags": call.server.tags}


@operation("GET", ONE, rule=LOOK, since=SINCE, query=ANY_QUERY, status=204, errors=(404,), on_server=True)
def show(call: Call, id: str) -> None:
    """Whether there is this tag."""
    if id not in call.server.tags:
        raise NotFound(what="Tag", id=id)


@operation("PUT", ALL, rule=UPDATE_ALL, since=SINCE, body=wrapped("tags", TAGS), errors=(400, 404, 409), on_server=True)
def replace(call: Call) -> dict[str, Any]:
    """Make these all there are."""
    wanted = list(dict.fromkeys(call.body["tags"]))
    return {"tags": call.conductor(Servers).set_tags(call.context, server=call.server.uuid, tags=wanted)}


@operation("PUT", ONE, rule=UPDATE, since=SINCE, status=204, errors=(400, 404, 409), on_server=True)
def update(call: Call, id: str) -> Answer:
    """Add one tag: 201 when it is new, 204 when it was there."""
    check_body(NAMED, {"tag": id})
    if not call.conductor(Servers).add_tag(call.context, server=call.server.uuid, tag=id):
        return Answer()
    return Answer(status=201, headers={"Location": call.links("servers", call.server.uuid, "tags", id)[0]["href"]})


@operation("DELETE", ONE, rule=DELETE, since=SINCE, status=204, errors=(404, 409), on_server=True)
def delete(call: Call, id: str) -> None:
    """Take one tag away."""
    call.conductor(Servers).delete_tag(call.context, server=call.server.uuid, tag=id)


@operation("DELETE", ALL, rule=DELETE_ALL, since=SINCE, status=204, errors=(404, 409), on_server=True)
def delete_all(call: Call) -> None:
    """Take all tags away."""
    call.conductor(Servers).set_tags(call.context, server=call.server.uuid, tags=[])
