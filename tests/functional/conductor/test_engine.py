"""Units of work: done whole or not at all, and again when that may help."""

import datetime
import sqlite3
import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from nova.conductor.db import trouble
from nova.conductor.db.engine import now
from nova.conductor.db.tables import key_pairs
from nova.contracts.errors import Unavailable


def add(conn, name="k"):
    conn.execute(key_pairs.insert().values(user_id="u", name=name, type="ssh", public_key="p"))


def count(database):
    return database.read(lambda conn: conn.execute(select(func.count()).select_from(key_pairs)).scalar_one())


class MysqlError(Exception):
    pass


class PostgresqlError(Exception):
    def __init__(self, pgcode):
        super().__init__("no space left on device")
        self.pgcode = pgcode


def busy():
    """What the driver raises when another holds the write lock."""
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return OperationalError("INSERT", {}, cause)


def lost():
    """What SQLAlchemy raises when the connection broke."""
    return OperationalError("INSERT", {}, Exception("gone"), connection_invalidated=True)


def test_an_exception_undoes_the_whole_unit(database):
    def work(conn):
        add(conn)
        raise KeyError("x")

    with pytest.raises(KeyError):
        database.transaction(work)
    assert count(database) == 0


def test_contention_begins_the_whole_unit_again(database):
    attempts = []

    def work(conn):
        attempts.append(1)
        add(conn)
        if len(attempts) < 3:
            raise busy()
        return "done"

    assert database.transaction(work) == "done"
    assert (len(attempts), count(database)) == (3, 1)


@pytest.fixture
def run_out_of_room():
    """Writes through a connection until the database has no room for more."""

    def fill(conn):
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(1000):
            add(conn, f"key {number}")

    return fill


def test_a_database_without_room_is_not_tried_again(database, run_out_of_room, caplog):
    attempts = []

    def work(conn):
        attempts.append(1)
        add(conn)
        run_out_of_room(conn)

    with pytest.raises(Unavailable):
        database.transaction(work)
    assert (len(attempts), count(database)) == (1, 0)
    assert "no room to write" in caplog.text and "Traceback" not in caplog.text


@pytest.mark.parametrize("cause", [MysqlError(1114, "The table 'instances' is full"), PostgresqlError("53100")])
def test_other_databases_say_otherwise_that_they_have_no_room(cause):
    assert trouble.of(OperationalError("INSERT", {}, cause)) is trouble.Trouble.FULL


def test_a_broken_rule_is_not_tried_again(database):
    attempts = []

    def work(conn):
        attempts.append(1)
        add(conn)
        add(conn)

    with pytest.raises(IntegrityError):
        database.transaction(work)
    assert len(attempts) == 1


def test_it_gives_up_in_the_end(database, monkeypatch):
    monkeypatch.setattr("nova.conductor.db.engine._pause", lambda attempt: 0)
    attempts = []

    def work(conn):
        attempts.append(1)
        raise lost()

    with pytest.raises(Unavailable):
        database.transaction(work)
    assert len(attempts) == 11


def fail_commits(database, times):
    """The next commits do their work and then say the connection is lost."""
    dialect, left = database.engine.dialect, [times]
    commit = dialect.do_commit

    def failing(connection):
        commit(connection)
        if left[0]:
            left[0] -= 1
            raise lost()

    dialect.do_commit = failing


def test_a_commit_of_unknown_outcome_is_not_repeated(database):
    fail_commits(database, 1)
    with pytest.raises(Unavailable, match="carried out"):
        database.transaction(add)
    assert count(database) == 1


def test_a_safe_one_is(database):
    fail_commits(database, 1)
    attempts = []

    def work(conn):
        attempts.append(1)
        conn.execute(key_pairs.delete())
        add(conn)

    database.transaction(work, safe=True)
    assert (len(attempts), count(database)) == (2, 1)


def test_the_clock_is_the_databases_and_has_microseconds(database):
    seen = [database.read(now) for _ in range(5)]
    assert all(moment.tzinfo is datetime.UTC for moment in seen)
    assert any(moment.microsecond % 1000 for moment in seen)
    assert abs(seen[0] - datetime.datetime.now(datetime.UTC)) < datetime.timedelta(minutes=1)


def test_stamps_come_from_the_databases_clock(database):
    before = database.read(now)
    database.transaction(add)
    database.transaction(lambda conn: conn.execute(key_pairs.update().values(fingerprint="f")))
    row = database.read(lambda conn: conn.execute(select(key_pairs)).one())
    assert before <= row.created_at <= row.updated_at


def test_names_compare_exactly(database):
    database.transaction(lambda conn: [add(conn, name) for name in ("a", "A", "ä")])
    assert count(database) == 3


def test_statements_are_counted(database):
    before = database.queries
    database.transaction(lambda conn: (add(conn, "1"), add(conn, "2")))
    assert database.queries - before == 2


def test_many_threads_write(database):
    def write(number):
        for index in range(5):
            database.transaction(lambda conn, name=f"{number}-{index}": add(conn, name))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert count(database) == 40
