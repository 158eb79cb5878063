"""What was deleted long ago goes, with all that belonged to it; nothing else does."""

import datetime

import pytest
from sqlalchemy import func, insert, select

from nova.conductor import action_log, purge
from nova.conductor.db.engine import now
from nova.conductor.db.tables import (
    METADATA,
    client_tokens,
    instance_faults,
    instance_metadata,
    instances,
    networks,
    tags,
    task_steps,
    tasks,
)
from tests.functional.conductor.rows import add_server, user_context

DAY = datetime.timedelta(days=1)


@pytest.fixture
def today(database):
    return database.read(now)


def count(database, table):
    return database.read(lambda conn: conn.execute(select(func.count()).select_from(table)).scalar_one())


def add_whole_server(conn, number, deleted_at):
    """A server with a row in many tables; live without `deleted_at`."""
    gone = {"deleted": number, "deleted_at": deleted_at} if deleted_at else {}
    server = add_server(conn, **gone)
    context = user_context(request="req-1")
    action_log.started(conn, context, [server], "create")
    action_log.event_started(conn, server, "req-1", "place", host=None)
    conn.execute(insert(instance_metadata).values(instance_uuid=server, key="k", value="v"))
    conn.execute(insert(instance_faults).values(instance_uuid=server, code=500, message="m"))
    conn.execute(insert(tags).values(resource_id=server, tag="t"))
    return server


def add_task(conn, name, finished_at):
    texts = {"context": "{}", "arguments": "{}", "notes": "{}"}
    conn.execute(insert(tasks).values(id=name, kind="boot", phase="done", finished_at=finished_at, **texts))
    conn.execute(insert(task_steps).values(task_id=name, step="place", event="done", at=now(conn)))


def purge_all(database, before, limit=purge.BATCH):
    rounds = []
    while gone := database.transaction(lambda conn: purge.batch(conn, before, limit)):
        rounds.append(gone)
    return rounds


def test_only_what_was_deleted_before_goes_whole(database, today):
    def work(conn):
        add_whole_server(conn, 1, today - 3 * DAY)
        add_whole_server(conn, 2, today)
        add_whole_server(conn, 3, None)

    database.transaction(work)
    (gone,) = purge_all(database, today - DAY)
    assert gone == {
        "instances": 1,
        "instance_actions": 1,
        "instance_actions_events": 1,
        "instance_metadata": 1,
        "instance_faults": 1,
        "tags": 1,
    }
    assert count(database, instances) == count(database, tags) == 2


def test_batches_are_small(database, today):
    database.transaction(lambda conn: [add_whole_server(conn, n, today - 3 * DAY) for n in range(1, 6)])
    rounds = purge_all(database, today - DAY, limit=2)
    assert [gone["instances"] for gone in rounds] == [2, 2, 1]


def test_finished_tasks_tokens_and_networks_go(database, today):
    def work(conn):
        add_task(conn, "old", today - 3 * DAY)
        add_task(conn, "new", today)
        add_task(conn, "runs", None)
        old = today - 3 * DAY
        conn.execute(insert(networks).values(uuid="n", label="n", deleted=1, deleted_at=old))
        conn.execute(insert(client_tokens).values(project_id="p", token="t", digest="d", answer="{}", created_at=old))

    database.transaction(work)
    (gone,) = purge_all(database, today - DAY)
    assert gone == {"tasks": 1, "task_steps": 1, "networks": 1, "client_tokens": 1}


def test_all_go_and_nothing_stays(database, today):
    database.transaction(lambda conn: add_whole_server(conn, 1, today - DAY))
    purge_all(database, today + DAY)
    assert {table.name for table in METADATA.sorted_tables if count(database, table)} == set()


def test_the_settings_say_how_long(database, conf, today):
    database.transaction(lambda conn: add_whole_server(conn, 1, today - 10 * DAY))
    assert purge.overdue(database, conf) == 0
    conf.set_override("purge_deleted_after_days", 0)
    assert purge.overdue(database, conf) == 0
    conf.set_override("purge_deleted_after_days", 9)
    assert purge.overdue(database, conf) == 6
    assert count(database, instances) == 0
