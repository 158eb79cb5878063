"""Tasks that nobody holds are taken by one conductor each, however many look at once."""

import datetime
from functools import partial

from sqlalchemy import select, update

from nova.base.context import admin_context
from nova.conductor.db.engine import now
from nova.conductor.db.tables import tasks
from nova.conductor.tasks import journal
from nova.conductor.tasks.journal import Holder
from tests.functional.conductor.rows import all_at_once

LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


def test_a_task_that_was_left_is_taken_once(database):
    until = database.read(now) + journal.LEASE
    left, waiting = (
        [
            journal.new_task(
                kind="stop", first_step="stop", server=f"s{number}", context=admin_context(), arguments={},
                holder=Holder("who died", LONG_AGO), after=after, project_id="p",
            )
            for number in range(12)
        ]
        for after in (None, "what has ended")
    )  # fmt: skip
    database.transaction(lambda conn: journal.add(conn, [*left, *waiting]))
    rivals = [Holder(f"conductor {number}", until) for number in range(4)]

    def take(holder):
        return database.transaction(lambda conn: journal.take_over(conn, holder, ["stop"], 100))

    taken = all_at_once(*[partial(take, holder) for holder in rivals])
    assert sorted(task for one in taken for task in one) == sorted(row["id"] for row in [*left, *waiting])
    for holder, mine in zip(rivals, taken, strict=True):
        assert set(database.read(partial(journal.held, holder=holder.name))) == set(mine)


def test_who_lost_a_lease_changes_nothing(database):
    until = database.read(now) + journal.LEASE
    row = journal.new_task(
        kind="stop", first_step="stop", server="s", context=admin_context(), arguments={},
        holder=Holder("first", until), project_id="p",
    )  # fmt: skip
    database.transaction(lambda conn: journal.add(conn, [row]))
    database.transaction(lambda conn: conn.execute(update(tasks).values(lease_until=LONG_AGO)))
    assert database.transaction(lambda conn: journal.take_over(conn, Holder("second", until), ["stop"], 1))
    database.transaction(partial(journal.renew, holder="first"))
    found = database.read(lambda conn: conn.execute(select(tasks.c.owner, tasks.c.lease_until)).one())
    assert (found.owner, found.lease_until) == ("second", until)
