"""What start, stop and reboot share: one question to the host, and what is written when it is answered."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, case, null, select, update

from nova.conductor import guests, outcome
from nova.conductor.db.tables import instances, tasks
from nova.conductor.tasks import journal
from nova.conductor.tasks.plan import Job, Plan, Step
from nova.contracts.compute import Compute
from nova.contracts.errors import NovaError
from nova.contracts.guest import Guest, GuestRef, GuestState
from nova.contracts.states import VmState


def compute_of(job: Job) -> Compute:
    """The nova-compute of the server's host."""
    return job.cloud.bus.client(Compute, host=job.notes["host"])


def ref_of(job: Job) -> GuestRef:
    """Which guest is meant."""
    return job.cloud.database.read(lambda conn: guests.ref(conn, job.cloud.conf, job.server))


def guest_of(job: Job) -> Guest:
    """The whole desired guest, for a host that may have to make it anew."""
    return job.cloud.database.read(lambda conn: guests.for_boot(conn, job.cloud.conf, job.server, job.context))


def power_plan(kind: str, ask: Callable[[Job], GuestState], becomes: VmState) -> Plan:
    """An operation of one step that leaves the server in `becomes`, or, when it fails, in the state it was in."""

    def change(job: Job) -> None:
        job.notes["power_state"] = int(ask(job).power_state)

    def succeeded(conn: Connection, job: Job) -> None:
        _write(conn, job, vm_state=becomes.value, power_state=job.notes["power_state"])
        outcome.success(conn, job)

    def failed(conn: Connection, job: Job, error: NovaError) -> None:
        _write(conn, job)
        outcome.failure(conn, job, error, host=job.notes["host"])

    def cancelled(conn: Connection, job: Job) -> None:
        outcome.given_up(conn, job)

    # No undo: a guest whose power changed half-way is made to agree by the host's own convergence.
    return Plan(kind, (Step(kind, ask=change),), succeeded, failed, cancelled)


def _write(conn: Connection, job: Job, **values: object) -> None:
    """What was asked for meanwhile keeps its task state."""
    others = select(tasks.c.id).where(
        tasks.c.server_uuid == job.server, tasks.c.id != job.id, tasks.c.phase.in_(journal.UNFINISHED)
    )
    conn.execute(
        update(instances)
        .where(instances.c.uuid == job.server, instances.c.task_state.is_distinct_from("deleting"))
        .values(task_state=case((others.exists(), instances.c.task_state), else_=null()), **values)
    )
