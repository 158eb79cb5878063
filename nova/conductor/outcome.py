"""How an operation went, as its owner sees it: action events and faults."""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from nova.base.context import RequestContext
from nova.conductor import action_log
from nova.conductor.db.tables import instance_faults, instances
from nova.conductor.tasks.plan import Job
from nova.contracts.errors import NovaError
from nova.contracts.states import VmState

ACTIONS = {"boot": "create"}
"""What the API calls an operation, where the names differ."""

EVENTS = {
    "boot": "compute__do_build_and_run_instance",
    "delete": "compute_terminate_instance",
    "start": "compute_start_instance",
    "stop": "compute_stop_instance",
    "reboot": "compute_reboot_instance",
}
"""The event that operators' tools know for each operation."""

MESSAGE_LENGTH = 255


def asked(conn: Connection, context: RequestContext, servers: list[str], kind: str) -> None:
    """Write that the caller asked for this operation."""
    action_log.started(conn, context, servers, ACTIONS.get(kind, kind))


def begun(conn: Connection, job_kind: str, server: str, request_id: str, host: str | None) -> None:
    """Write that a host begins to work on it."""
    action_log.event_started(conn, server, request_id, EVENTS[job_kind], host=host)


def success(conn: Connection, job: Job) -> None:
    """The operation ends well."""
    request = str(job.context.request_id)
    action_log.event_finished(conn, job.server, request, EVENTS[job.kind], result=action_log.SUCCESS)
    action_log.finished(conn, job.server, request)


def failure(conn: Connection, job: Job, error: NovaError, *, host: str | None) -> None:
    """The operation ends in an error, and the server has a fault."""
    step = (job.error or {}).get("step", job.kind)
    where = f" on host {host}" if host else ""
    message = str(error)
    inside = f"Step '{step}' of {job.kind}{where}: {message} {error.log}".strip()
    conn.execute(
        insert(instance_faults).values(
            instance_uuid=job.server,
            code=error.status,
            message=message[:MESSAGE_LENGTH],
            details=inside,
            host=host,
        )
    )
    _ended(conn, job, message, inside)


def collapse(conn: Connection, job: Job, error: NovaError) -> None:
    """What is written when an operation cannot write its own end: ERROR, unless a delete follows."""
    if not job.cancelled:
        mine = (instances.c.uuid == job.server, instances.c.deleted == 0)
        conn.execute(update(instances).where(*mine).values(vm_state=VmState.ERROR.value, task_state=None))
        failure(conn, job, error, host=None)


def given_up(conn: Connection, job: Job) -> None:
    """The operation ends because a delete was asked for."""
    _ended(conn, job, "Given up: the server is being deleted.")


def _ended(conn: Connection, job: Job, details: str, inside: str | None = None) -> None:
    request, event = str(job.context.request_id), EVENTS[job.kind]
    action_log.event_finished(
        conn, job.server, request, event, result=action_log.ERROR, details=details, traceback=inside
    )
    action_log.finished(conn, job.server, request, message="Error")
