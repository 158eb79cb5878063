"""Writing down what is done to servers. An action is known by its server and request id."""

from __future__ import annotations

from sqlalchemy import Connection, ScalarSelect, func, insert, literal, select, update

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
    mine = instance_actions.c.id == _action(server, request_id)
    values = {"finish_time": clock(), "message": message[:_LONGEST_MESSAGE] if message else None}
    conn.execute(update(instance_actions).where(mine).values(values))


def event_started(conn: Connection, server: str, request_id: str, event: str, *, host: str | None) -> None:
    """A step of the action begins on a host; written once, however often the step is begun."""
    events = instance_actions_events
    action = _action(server, request_id)
    running = select(events.c.id).where(
        events.c.action_id == action, events.c.event == event, events.c.finish_time.is_(None)
    )
    row = (
        select(instance_actions.c.id, literal(event), literal(host), clock(), clock())
        .where(instance_actions.c.id == action)
        .where(~running.exists())
    )
    columns = ["action_id", "event", "host", "start_time", "created_at"]
    conn.execute(insert(events).from_select(columns, row, include_defaults=False))


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
    events = instance_actions_events.c
    action = _action(server, request_id)
    running = (events.action_id == action) & (events.event == event) & events.finish_time.is_(None)
    values = {
        "finish_time": clock(),
        "result": result,
        "details": details[:_LONGEST_TEXT] if details else None,
        "traceback": traceback[-_LONGEST_TEXT:] if traceback else None,
    }
    conn.execute(update(instance_actions_events).where(running).values(values))
    conn.execute(update(instance_actions).where(instance_actions.c.id == action).values(updated_at=clock()))


def _action(server: str, request_id: str) -> ScalarSelect[int]:
    """The newest action of this request on this server."""
    # MySQL does not update a table that a subquery of the same statement reads, unless through a derived table.
    actions = instance_actions.c
    newest = (
        select(func.max(actions.id).label("id"))
        .where(actions.instance_uuid == server, actions.request_id == request_id)
        .subquery()
    )
    return select(newest.c.id).scalar_subquery()
