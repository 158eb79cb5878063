"""The journal: which operation stands where, and which conductor holds it.

Every change of a task is one conditional UPDATE that names its owner, so that a conductor which lost its lease
changes nothing any more. Order of locks everywhere: the server's row, then its tasks.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Update, and_, bindparam, insert, or_, select, update

from nova.base.context import RequestContext
from nova.conductor.db import document
from nova.conductor.db.engine import now
from nova.conductor.db.tables import clock, instances, task_steps, tasks
from nova.conductor.tasks.plan import Cloud, Job, Step
from nova.contracts.errors import NovaError

LEASE = datetime.timedelta(seconds=20)
ACTIVE = ("running", "unwinding")
UNFINISHED = ("waiting", *ACTIVE)


class LeaseLost(Exception):
    """Another conductor holds the task now: leave it alone."""


class Cancelled(Exception):
    """Somebody asked that the operation be given up."""


@dataclass(frozen=True)
class Holder:
    """A conductor that holds tasks: its name, unique to the process, and until when its leases last."""

    name: str
    until: datetime.datetime


def new_task(
    *,
    kind: str,
    first_step: str,
    server: str,
    context: RequestContext,
    arguments: dict[str, Any],
    holder: Holder,
    notes: dict[str, Any] | None = None,
    after: str | None = None,
    project_id: str | None = None,
) -> dict[str, Any]:
    """The row of a task that `holder` runs at once, or that waits for the end of task `after`."""
    return {
        "id": str(uuid.uuid4()),
        "kind": kind,
        "server_uuid": server,
        "project_id": project_id or context.project_id,
        "request_id": context.request_id,
        "context": document.dump(context.to_wire()),
        "arguments": document.dump(arguments),
        "notes": document.dump(notes or {}),
        "phase": "waiting" if after else "running",
        "after_task": after,
        "owner": None if after else holder.name,
        "lease_until": None if after else holder.until,
        "step": first_step,
        "attempt": 0,
        "cancel": False,
    }


def add(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write new tasks; the first step of those that run is journalled as started with them."""
    conn.execute(insert(tasks), list(rows))
    started = [_line(row["id"], row["step"], 0, "started") for row in rows if row["phase"] == "running"]
    if started:
        _write_lines(conn, started)


def under_way(conn: Connection, server: str) -> list[str]:
    """The unfinished tasks of a server, whose row is locked: their ids, the oldest first."""
    return list(conn.execute(select(tasks.c.id).where(_of(server)).order_by(tasks.c.created_at)).scalars())


def cancel_others(conn: Connection, server: str) -> list[str]:
    """Ask the tasks that are `under_way` to give up; answers them."""
    found = under_way(conn, server)
    if found:
        conn.execute(update(tasks).where(_of(server)).values(cancel=True))
    return found


def held(conn: Connection, holder: str) -> dict[str, bool]:
    """All that a holder has to run; True for what somebody asked to give up and is not being undone yet."""
    query = select(tasks.c.id, tasks.c.phase, tasks.c.cancel)
    rows = conn.execute(query.where(tasks.c.owner == holder, tasks.c.phase.in_(ACTIVE)).order_by(tasks.c.created_at))
    return {row.id: row.cancel and row.phase == "running" for row in rows}


def unfinished(conn: Connection, server: str, kind: str) -> bool:
    """Whether an operation of this kind is under way for the server."""
    query = select(tasks.c.id).where(tasks.c.server_uuid == server, tasks.c.kind == kind, tasks.c.phase.in_(UNFINISHED))
    return conn.execute(query.limit(1)).first() is not None


def load(conn: Connection, task: str, holder: str, cloud: Cloud) -> Job:
    """The job of a task that the holder has to run. LeaseLost when it is another's, or has ended."""
    row = conn.execute(select(tasks).where(tasks.c.id == task)).first()
    if row is None or row.owner != holder or row.phase not in ACTIVE:
        raise LeaseLost
    return Job(
        id=row.id,
        kind=row.kind,
        server=row.server_uuid,
        project_id=row.project_id,
        context=RequestContext.from_wire(document.load(row.context, dict[str, Any]) or {}),
        arguments=document.load(row.arguments, dict[str, Any]) or {},
        notes=document.load(row.notes, dict[str, Any]) or {},
        cloud=cloud,
        step=row.step,
        attempt=row.attempt,
        unwinding=row.phase == "unwinding",
        cancelled=row.cancel,
        error=document.load(row.error, dict[str, Any]),
    )


def advance(conn: Connection, job: Job, holder: str, done: Step, following: Step) -> None:
    """The step is done; the following one starts. Cancelled or LeaseLost when it may not."""
    show(conn, job, following)
    _change(conn, job, holder, step=following.name)
    done_line = _line(job.id, done.name, job.attempt, "done")
    _write_lines(conn, [done_line, _line(job.id, following.name, job.attempt, "started")])


def turn_back(conn: Connection, job: Job, holder: str, failing: Step, error: dict[str, Any], detail: str) -> None:
    """The step failed, or the operation was cancelled: from here on everything is undone."""
    _change(conn, job, holder, heed_cancel=False, phase="unwinding", error=document.dump(error))
    _write_lines(conn, [_line(job.id, failing.name, job.attempt, "failed", detail)])


def undone(conn: Connection, job: Job, holder: str, step: Step, before: Step | None, left_behind: str | None) -> None:
    """One step less to undo: the one before it is next, if there is one."""
    _change(conn, job, holder, heed_cancel=False, step=before.name if before else "")
    event = "undone" if left_behind is None else "left_behind"
    _write_lines(conn, [_line(job.id, step.name, job.attempt, event, left_behind)])


def begin_again(conn: Connection, job: Job, holder: str, first: Step) -> None:
    """All is undone; the operation starts anew. Cancelled when it was given up meanwhile."""
    show(conn, job, first)
    _change(conn, job, holder, phase="running", step=first.name, attempt=job.attempt + 1, error=None)
    _write_lines(conn, [_line(job.id, first.name, job.attempt + 1, "started")])


def end(conn: Connection, job: Job, holder: Holder, phase: str, error: dict[str, Any] | None = None) -> list[str]:
    """The operation is over; answers the tasks that waited for it and are now held by `holder`."""
    _change(
        conn,
        job,
        holder.name,
        heed_cancel=phase == "done",
        phase=phase,
        finished_at=clock(),
        lease_until=None,
        error=document.dump(error) if error else None,
        arguments="{}",
    )
    _write_lines(conn, [_line(job.id, "end", job.attempt, phase)])
    return _wake(conn, and_(tasks.c.after_task == job.id, tasks.c.phase == "waiting"), holder)


def renew(conn: Connection, holder: str) -> datetime.datetime:
    """Make all leases of a holder last; answers until when, by the database's clock."""
    until = now(conn) + LEASE
    conn.execute(update(tasks).where(tasks.c.owner == holder, tasks.c.phase.in_(ACTIVE)).values(lease_until=until))
    return until


def hand_back(conn: Connection, holder: str) -> None:
    """Let other conductors take everything this one holds, at once."""
    mine = and_(tasks.c.owner == holder, tasks.c.phase.in_(ACTIVE))
    conn.execute(update(tasks).where(mine).values(owner=None, lease_until=clock()))


def take_over(conn: Connection, holder: Holder, kinds: Collection[str], most: int) -> list[str]:
    """Take tasks of these kinds whose lease ran out, and waiting ones whose turn it is; answers their ids.

    Kinds that this release does not know are left to conductors that do.
    """
    before = tasks.alias()
    its_turn = and_(
        tasks.c.phase == "waiting",
        ~select(before.c.id).where(before.c.id == tasks.c.after_task, before.c.phase.in_(UNFINISHED)).exists(),
    )
    abandoned = and_(tasks.c.phase.in_(ACTIVE), tasks.c.lease_until < now(conn))
    return _wake(conn, and_(tasks.c.kind.in_(kinds), or_(abandoned, its_turn)), holder, most)


def show(conn: Connection, job: Job, step: Step) -> None:
    """Let the server say what is being done to it; a delete that was asked for meanwhile goes before."""
    if step.shows is not None:
        conn.execute(_SHOW, {"this_server": job.server, "shown": step.shows.value})


def preserve(error: NovaError) -> dict[str, Any]:
    """An error as the journal keeps it."""
    from nova.bus.codec import preserve as as_travelling

    return as_travelling(error)


def _of(server: str) -> Any:
    return and_(tasks.c.server_uuid == server, tasks.c.phase.in_(UNFINISHED))


def _wake(conn: Connection, which: Any, holder: Holder, most: int = 100) -> list[str]:
    found = conn.execute(select(tasks.c.id, tasks.c.owner, tasks.c.phase).where(which).limit(most)).all()
    taken = []
    for row in found:
        same = and_(tasks.c.id == row.id, tasks.c.phase == row.phase, tasks.c.owner.is_not_distinct_from(row.owner))
        values: dict[str, Any] = {"owner": holder.name, "lease_until": holder.until}
        if row.phase == "waiting":
            values["phase"] = "running"
        if conn.execute(update(tasks).where(same, which).values(**values)).rowcount:
            taken.append(row.id)
    return taken


def _change(conn: Connection, job: Job, holder: str, *, heed_cancel: bool = True, **values: Any) -> None:
    """Change the held task, with its notes; LeaseLost or Cancelled when it may not be changed."""
    values["notes"] = document.dump(job.notes)
    bound = {f"new_{column}": value for column, value in values.items() if column != "finished_at"}
    change = _changing(tuple(sorted(values)), heed_cancel)
    if conn.execute(change, {"this_task": job.id, "its_owner": holder, **bound}).rowcount == 1:
        return
    row = conn.execute(select(tasks.c.owner, tasks.c.cancel, tasks.c.phase).where(tasks.c.id == job.id)).one()
    if row.owner == holder and row.cancel and row.phase in ACTIVE:
        raise Cancelled
    raise LeaseLost


@cache
def _changing(columns: tuple[str, ...], heed_cancel: bool) -> Update:
    """The statement for these columns: made once, for making one takes longer than sending it."""
    mine = [tasks.c.id == bindparam("this_task"), tasks.c.owner == bindparam("its_owner"), tasks.c.phase.in_(ACTIVE)]
    if heed_cancel:
        mine.append(tasks.c.cancel.is_(False))
    values = {column: clock() if column == "finished_at" else bindparam(f"new_{column}") for column in columns}
    return update(tasks).where(*mine).values(values)


_SHOW = (
    update(instances)
    .where(instances.c.uuid == bindparam("this_server"), instances.c.task_state.is_distinct_from("deleting"))
    .values(task_state=bindparam("shown"))
)
_LINES = insert(task_steps).values(at=clock())


def _line(task: str, step: str, attempt: int, event: str, detail: str | None = None) -> dict[str, Any]:
    return {"task_id": task, "step": step, "attempt": attempt, "event": event, "detail": detail}


def _write_lines(conn: Connection, lines: Sequence[dict[str, Any]]) -> None:
    conn.execute(_LINES, list(lines))
