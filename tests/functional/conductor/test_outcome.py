"""How an operation's end is written: as much of the reason as fits, and nothing about a server that is gone."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from nova.conductor import outcome
from nova.conductor.db.tables import instance_actions, instance_actions_events, instance_faults, instances
from nova.contracts.errors import StepFailed
from tests.functional.conductor.rows import add_server, user_context

LONG = "The disk is full. " * 100


@pytest.fixture
def begun(database):
    """Makes a server on which a reboot has begun; answers the job."""

    def make(**values):
        context = user_context(request="req-1")

        def work(conn):
            server = add_server(conn, task_state="rebooting", **values)
            outcome.asked(conn, context, [server], "reboot")
            outcome.begun(conn, "reboot", server, "req-1", "host1")
            error = {"kind": "StepFailed", "facts": {"reason": LONG}, "step": "restart"}
            return SimpleNamespace(kind="reboot", server=server, context=context, error=error, cancelled=False)

        return database.transaction(work)

    return make


def rows(database, table):
    return database.read(lambda conn: conn.execute(select(table)).all())


def test_a_failure_is_told_in_short_and_in_full(begun, database):
    job = begun()
    database.transaction(lambda conn: outcome.failure(conn, job, StepFailed(reason=LONG, log="errno 28"), host="host1"))
    (fault,) = rows(database, instance_faults)
    assert (fault.message, fault.code, fault.host) == (LONG[:255], 500, "host1")
    assert fault.details == f"Step 'restart' of reboot on host host1: {LONG} errno 28"
    (event,) = rows(database, instance_actions_events)
    assert (event.event, event.result, event.host) == ("compute_reboot_instance", "Error", "host1")
    assert event.finish_time is not None and event.details == LONG
    assert event.traceback == fault.details, "administrators read the same reason in the event"
    assert rows(database, instance_actions)[0].message == "Error"


def test_a_success_leaves_no_fault(begun, database):
    job = begun()
    database.transaction(lambda conn: outcome.success(conn, job))
    assert rows(database, instance_faults) == []
    assert [event.result for event in rows(database, instance_actions_events)] == ["Success"]
    assert rows(database, instance_actions)[0].message is None


@pytest.mark.parametrize(
    ("values", "cancelled", "state"),
    [({}, False, "error"), ({"deleted": 4}, False, "active"), ({}, True, "active")],
)
def test_what_could_not_be_written_ends_in_error_unless_the_server_goes(begun, database, values, cancelled, state):
    job = begun(**values)
    job.cancelled = cancelled
    database.transaction(lambda conn: outcome.collapse(conn, job, StepFailed(reason="no")))
    assert rows(database, instances)[0].vm_state == state
    assert len(rows(database, instance_faults)) == (not cancelled)
