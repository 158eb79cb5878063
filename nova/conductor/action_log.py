"""Writing down what is done to servers. An action is known by its server and request id."""

from __future__ import annotations

from sqlalchemy import Connection, Insert, ScalarSelect, String, Update, bindparam, func, insert, select, update

from nova.base.context import RequestContext
from nova.conductor.db.tables import clock, instance_actions, instance_actions_events

SUCCESS, ERROR = "Success", "Error"
_LONGEST_MESSAGE = 255
_LONGEST_TEXT = 10_000


def started(conn: Connection, context: RequestContext, servers: list[str], action: str) -> None:
    """The caller's request begins an action on these servers, in one statement."""
    conn.execute(
        insert(instance_actions).values(start_time=clock(), updated_at=clock()),
        [
            {
                "action": action,
                "instance_uuid": server,
                "request_id": context.request_id,
                "user_id": context.user_id,
                "project_id": context.project_id,
            }
            for server in servers
        ],
    )


def finished(conn: Connection, server: str, request_id: str, *, message: str | None = None) -> None:
    """The action ends; `message` says why when it failed."""
    said = message[:_LONGEST_MESSAGE] if message else None
    conn.execute(_FINISHED, {**_named(server, request_id), "said": said})


def event_started(conn: Connection, server: str, request_id: str, event: str, *, host: str | None) -> None:
    """A step of the action begins on a host; written once, however often the step is begun."""
    conn.execute(_EVENT_STARTED, {**_named(server, request_id), "this_event": event, "on_host": host})


def event_finished(
    conn: Connection,
    server: str,
    request_id: str,
    event: str,
    *,
    result: str,
    details: str | None = None,
    traceback: str | None = None,
) -> None:
    """A step that runs ends with SUCCESS or ERROR; `details` are for the server's owner, `traceback` for admins."""
    known = _named(server, request_id)
    values = {
        "the_result": result,
        "the_details": details[:_LONGEST_TEXT] if details else None,
        "the_traceback": traceback[-_LONGEST_TEXT:] if traceback else None,
    }
    conn.execute(_EVENT_FINISHED, {**known, "this_event": event, **values})
    conn.execute(_TOUCHED, known)


def _named(server: str, request_id: str) -> dict[str, str]:
    return {"this_server": server, "this_request": request_id}


def _action() -> ScalarSelect[int]:
    """The newest action of this request on this server."""
    # MySQL does not update a table that a subquery of the same statement reads, unless through a derived table.
    actions = instance_actions.c
    newest = (
        select(func.max(actions.id).label("id"))
        .where(actions.instance_uuid == bindparam("this_server"), actions.request_id == bindparam("this_request"))
        .subquery()
    )
    return select(newest.c.id).scalar_subquery()


def _start_event() -> Insert:
    events, actions = instance_actions_events.c, instance_actions.c
    event = bindparam("this_event", type_=String)
    running = select(events.id).where(
        events.action_id == _action(), events.event == event, events.finish_time.is_(None)
    )
    row = (
        select(actions.id, event, bindparam("on_host", type_=String), clock(), clock())
        .where(actions.id == _action())
        .where(~running.exists())
    )
    columns = ["action_id", "event", "host", "start_time", "created_at"]
    return insert(instance_actions_events).from_select(columns, row, include_defaults=False)


def _finish_event() -> Update:
    events = instance_actions_events.c
    running = (events.action_id == _action()) & (events.event == bindparam("this_event")) & events.finish_time.is_(None)
    return (
        update(instance_actions_events)
        .where(running)
        .values(
            finish_time=clock(),
            result=bindparam("the_result"),
            details=bindparam("the_details"),
            traceback=bindparam("the_traceback"),
        )
    )


# Made once: making such a statement takes longer than sending it.
_EVENT_STARTED = _start_event()
_EVENT_FINISHED = _finish_event()
_TOUCHED = update(instance_actions).where(instance_actions.c.id == _action()).values(updated_at=clock())
_FINISHED = (
    update(instance_actions)
    .where(instance_actions.c.id == _action())
    .values(finish_time=clock(), message=bindparam("said"))
)
