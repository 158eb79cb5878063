"""Actions and their events, as they are written down and shown."""

import datetime

import pytest
from sqlalchemy import update

from nova.conductor import action_log
from nova.conductor.db.tables import instances
from nova.conductor.instance_actions import InstanceActionEndpoint
from nova.contracts.errors import BadRequest, NotFound, ServerNotFound
from nova.contracts.instance_action import ActionFilter
from nova.contracts.record import Page
from tests.functional.conductor.rows import add_server, admin, user_context

MINE = user_context()


@pytest.fixture
def actions(database):
    return InstanceActionEndpoint(database)


@pytest.fixture
def server(database):
    return database.transaction(add_server)


def start(database, servers, request, action="create"):
    context = user_context(request=request)
    database.transaction(lambda conn: action_log.started(conn, context, servers, action))


def find(actions, server, context=MINE, limit=10, marker=None, deleted=False, **filters):
    page = Page(limit=limit, marker=marker)
    found = actions.find(context, server=server, filters=ActionFilter(**filters), page=page, deleted=deleted)
    return [action.request_id for action in found]


def test_the_life_of_an_action(database, actions, server):
    other = database.transaction(add_server)
    start(database, [server, other], "req-1")

    def work(conn):
        action_log.event_started(conn, server, "req-1", "place", host=None)
        action_log.event_finished(conn, server, "req-1", "place", result=action_log.SUCCESS)
        action_log.event_started(conn, server, "req-1", "disks", host="host1")

    database.transaction(work)
    running = actions.get(MINE, server=server, request_id="req-1")
    assert (running.action, running.user_id, running.project_id, running.message) == ("create", "u1", "p1", None)
    assert [(event.event, event.host, event.result) for event in running.events] == [
        ("disks", "host1", None),
        ("place", None, "Success"),
    ]
    assert len(running.events[0].host_id) == 56

    def fail(conn):
        action_log.event_finished(
            conn, server, "req-1", "disks", result=action_log.ERROR, details="disk full", traceback="Trace"
        )
        action_log.finished(conn, server, "req-1", message="Error")

    database.transaction(fail)
    failed = actions.get(MINE, server=server, request_id="req-1")
    assert failed.message == "Error"
    assert failed.updated_at > running.updated_at
    assert (failed.events[0].result, failed.events[0].details, failed.events[0].traceback) == (
        "Error",
        "disk full",
        "Trace",
    )
    untouched = actions.get(MINE, server=other, request_id="req-1")
    assert (untouched.message, untouched.events) == (None, [])


def test_a_step_begun_again_is_one_event(database, actions, server):
    start(database, [server], "req-1")
    for _ in range(2):
        database.transaction(lambda conn: action_log.event_started(conn, server, "req-1", "start", host="host1"))
    assert len(actions.get(MINE, server=server, request_id="req-1").events) == 1


def test_newest_first_by_page_and_time(database, actions, server):
    for number in range(3):
        start(database, [server], f"req-{number}")
    assert find(actions, server) == ["req-2", "req-1", "req-0"]
    assert find(actions, server, limit=1, marker="req-2") == ["req-1"]
    middle = actions.get(MINE, server=server, request_id="req-1").updated_at
    assert find(actions, server, changes_since=middle) == ["req-2", "req-1"]
    assert find(actions, server, changes_before=middle) == ["req-1", "req-0"]
    later = middle + datetime.timedelta(days=1)
    assert find(actions, server, changes_since=later) == []
    with pytest.raises(BadRequest, match="marker"):
        find(actions, server, marker="req-9")


def test_only_its_project_and_admins_see_a_server(database, actions, server):
    start(database, [server], "req-1")
    assert find(actions, server, context=admin()) == ["req-1"]
    with pytest.raises(ServerNotFound):
        find(actions, server, context=user_context(project="p2"))
    with pytest.raises(ServerNotFound):
        find(actions, "no-such-server")
    with pytest.raises(NotFound):
        actions.get(MINE, server=server, request_id="req-9")


def test_servers_that_are_gone_when_asked_for(database, actions, server):
    start(database, [server], "req-1")
    database.transaction(lambda conn: conn.execute(update(instances).values(deleted=instances.c.id)))
    with pytest.raises(ServerNotFound):
        find(actions, server)
    assert find(actions, server, deleted=True) == ["req-1"]
