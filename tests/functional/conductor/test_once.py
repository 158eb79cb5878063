"""Rows that whoever needs them first makes."""

from sqlalchemy import func, select

from nova.conductor.db.once import insert_unless_there
from nova.conductor.db.tables import project_locks


def test_a_row_is_made_once_and_the_transaction_goes_on(database):
    def work(conn):
        made = [insert_unless_there(conn, project_locks, project_id=name) for name in ("p1", "p1", "p2")]
        return made, conn.execute(select(func.count()).select_from(project_locks)).scalar_one()

    assert database.transaction(work) == ([True, False, True], 2)
