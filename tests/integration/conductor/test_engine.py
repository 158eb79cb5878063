"""Units of work against real servers: real deadlocks, and connections that are really cut."""

import threading

import pytest
from sqlalchemy import text

from nova.conductor.db.tables import key_pairs
from tests.functional.conductor.test_engine import *  # noqa: F403 - collected here too
from tests.functional.conductor.test_engine import add, count

pytestmark = pytest.mark.integration


@pytest.fixture
def run_out_of_room():
    """MariaDB fills a small table in memory; PostgreSQL is made to say what it says of a full disk."""

    def fill(conn):
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '53100'; END $$")
        conn.exec_driver_sql("SET SESSION max_heap_table_size = 16384")
        conn.exec_driver_sql("CREATE TEMPORARY TABLE small (line CHAR(255)) ENGINE = MEMORY")
        for _ in range(1000):
            conn.exec_driver_sql("INSERT INTO small VALUES ('x')")

    return fill


def touch(conn, name):
    conn.execute(key_pairs.update().where(key_pairs.c.name == name).values(fingerprint="touched"))


def test_a_real_deadlock_ends_with_both_done(database):
    database.transaction(lambda conn: (add(conn, "a"), add(conn, "b")))
    meeting = threading.Barrier(2, timeout=30)
    attempts = []

    def both(first, second):
        met = []

        def work(conn):
            attempts.append(first)
            touch(conn, first)
            if not met:
                met.append(True)
                meeting.wait()
            touch(conn, second)

        database.transaction(work)

    threads = [threading.Thread(target=both, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(attempts) in (["a", "a", "b"], ["a", "b", "b"])


def cut(conn):
    """End all connections of the pools but this one."""
    if conn.dialect.name == "postgresql":
        others = "FROM pg_stat_activity WHERE usename = 'nova' AND pid <> pg_backend_pid()"
        conn.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
        return
    others = "FROM information_schema.processlist WHERE db = 'nova' AND id <> CONNECTION_ID()"
    for other in conn.execute(text(f"SELECT id {others}")).scalars().all():
        conn.execute(text(f"KILL {int(other)}"))


def test_work_goes_on_after_its_connection_was_cut(database):
    was_cut = []

    def work(conn):
        add(conn)
        if not was_cut:
            was_cut.append(True)
            database.read(cut)
        add(conn, "after")

    database.transaction(work)
    assert count(database) == 2


def test_reads_go_on_after_their_connections_were_cut(database):
    assert count(database) == 0
    database.transaction(cut)
    assert count(database) == 0
