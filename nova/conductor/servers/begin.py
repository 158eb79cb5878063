"""The beginning of an operation: the server is marked busy and the task is written, or nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, update

from nova.base.context import RequestContext, admin_context
from nova.conductor import outcome
from nova.conductor.db.tables import instances
from nova.conductor.servers.find import row_of
from nova.conductor.servers.guard import refuse
from nova.conductor.tasks import journal
from nova.conductor.tasks.journal import Holder
from nova.conductor.tasks.plans import PLANS
from nova.contracts.errors import BadRequest
from nova.contracts.states import MOVES

KIND_OF = {"soft reboot": "reboot", "hard reboot": "reboot"}
"""The operation of a move, where their names differ."""


@dataclass(frozen=True)
class Begun:
    """Tasks to run, and tasks to interrupt, should they be the runner's own."""

    run: list[str] = field(default_factory=list)
    give_up: list[str] = field(default_factory=list)


def begin(
    conn: Connection, context: RequestContext, server: str, action: str, arguments: dict[str, Any], holder: Holder
) -> Begun:
    """What `holder` has to do once this is committed. BadRequest for an unknown action; else what `refuse` raises."""
    kind = KIND_OF.get(action, action)
    if action not in MOVES or kind not in PLANS:
        raise BadRequest(reason=f"There is no such action: {action}")
    move, plan = MOVES[action], PLANS[kind]
    row = row_of(conn, context, server, lock=True)
    refuse(row, context, move)
    given_up: list[str] = []
    if kind == "delete":
        if journal.unfinished(conn, server, kind):
            return Begun()
        given_up = journal.cancel_others(conn, server)
    # Operations on one server follow one another: hosts do not keep the order of messages that come together.
    before = given_up or (journal.under_way(conn, server) if row.task_state is not None else [])
    conn.execute(update(instances).where(instances.c.uuid == server).values(task_state=move.doing))
    outcome.asked(conn, context, [server], kind)
    outcome.begun(conn, kind, server, str(context.request_id), row.host)
    task = journal.new_task(
        kind=kind,
        first_step=plan.steps[0].name,
        server=server,
        context=context,
        arguments=arguments,
        notes={"host": row.host} if row.host else {},
        holder=holder,
        after=before[-1] if before else None,
        project_id=row.project_id,
    )
    journal.add(conn, [task])
    return Begun(run=[] if before else [task["id"]], give_up=given_up)


def stop_again(conn: Connection, row: Row[Any], holder: Holder) -> str:
    """Have the guest ended that runs though the server of this locked row is stopped; answers the task to run.

    So it is after a start whose host answered too late, and when somebody started it behind the cloud's back.
    """
    kind, context = "stop", admin_context()
    conn.execute(update(instances).where(instances.c.id == row.id).values(task_state=MOVES[kind].doing))
    outcome.asked(conn, context, [row.uuid], kind)
    outcome.begun(conn, kind, row.uuid, str(context.request_id), row.host)
    task = journal.new_task(
        kind=kind,
        first_step=PLANS[kind].steps[0].name,
        server=row.uuid,
        context=context,
        arguments={},
        notes={"host": row.host},
        holder=holder,
        project_id=row.project_id,
    )
    journal.add(conn, [task])
    return str(task["id"])
