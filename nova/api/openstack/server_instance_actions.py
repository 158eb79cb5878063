"""/servers/{server_id}/os-instance-actions."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.servers.filters import moment
from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.microversion import Dated
from nova.api.web.operations import operation
from nova.api.web.policy import ADMIN, READER, rule
from nova.api.web.schema import Query
from nova.api.web.views import Field, View, long_stamp
from nova.contracts.errors import BadRequest
from nova.contracts.instance_action import ActionFilter, InstanceAction, InstanceActions

LIST = rule("os_compute_api:os-instance-actions:list", READER, "List what was done to a server.")
LOOK = rule("os_compute_api:os-instance-actions:show", READER, "Look at one thing done to a server.")
EVENTS = rule("os_compute_api:os-instance-actions:events", ADMIN, "See on which host each step ran, and why it failed.")
DETAILS = rule("os_compute_api:os-instance-actions:events:details", ADMIN, "See the words of a failed step.")

DELETED_SINCE = 21
TIMES = {"changes-since": paging.TEXT, "changes-before": paging.TEXT}
QUERY = Dated(
    {
        1: Query({}),
        58: Query({**paging.KEYS, "changes-since": paging.TEXT}, open_until=0),
        66: Query({**paging.KEYS, **TIMES}, open_until=0),
    }
)

EVENT = View(
    Field("event", "event"),
    Field("start_time", lambda event, call: long_stamp(event.start_time)),
    Field("finish_time", lambda event, call: long_stamp(event.finish_time)),
    Field("result", "result"),
    Field("traceback", "traceback", rule=EVENTS),
    Field("hostId", lambda event, call: event.host_id or "", since=62),
    Field("host", "host", since=62, rule=EVENTS),
    Field("details", "details", since=84, rule=DETAILS),
)


def _events(action: InstanceAction, call: Call) -> list[dict[str, Any]]:
    return EVENT.list(call, action.events)


FIELDS = (
    Field("action", "action"),
    Field("instance_uuid", "server"),
    Field("request_id", "request_id"),
    Field("user_id", "user_id"),
    Field("project_id", "project_id"),
    Field("start_time", lambda action, call: long_stamp(action.start_time)),
    Field("message", "message"),
    Field("updated_at", lambda action, call: long_stamp(action.updated_at), since=58),
)
BRIEF = View(*FIELDS)
FULL = View(
    *FIELDS,
    Field("events", _events, until=50, rule=EVENTS),
    Field("events", _events, since=51),
)


# The conductor answers for the caller's own servers only, so that no server need be fetched first.
@operation("GET", "/servers/{server_id}/os-instance-actions", rule=LIST, query=QUERY, errors=(400, 404))
def index(call: Call, server_id: str) -> dict[str, Any]:
    """What was done, the newest first."""
    page = paging.wanted(call)
    since, before = (moment(key, text) if (text := call.one(key)) else None for key in TIMES)
    if since and before and before < since:
        raise BadRequest(reason="The value of changes-since must be less than or equal to changes-before.")
    narrowed = ActionFilter(changes_since=since, changes_before=before)
    actions = paging.fetch(
        page,
        lambda page: call.conductor(InstanceActions).find(
            call.context, server=server_id, filters=narrowed, page=page, deleted=call.version >= DELETED_SINCE
        ),
    )
    links = paging.next_link(call, page, actions, lambda action: action.request_id) if call.version >= 58 else []
    return {"instanceActions": BRIEF.list(call, actions), **({"links": links} if links else {})}


@operation("GET", "/servers/{server_id}/os-instance-actions/{id}", rule=LOOK, errors=(404,))
def show(call: Call, server_id: str, id: str) -> dict[str, Any]:
    """One of them with its steps."""
    action = call.conductor(InstanceActions).get(
        call.context, server=server_id, request_id=id, deleted=call.version >= DELETED_SINCE
    )
    return {"instanceAction": FULL.show(call, action)}
