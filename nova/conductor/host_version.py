"""The order of changes of hosts' facts, so that the scheduler can ask what is new."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from nova.conductor.db.tables import compute_nodes, counters

_NAME = "hosts"


def changed(conn: Connection, *, hosts: Collection[str] = (), providers: Collection[str] = ()) -> None:
    """Facts of these hosts (by name) or hypervisors (by uuid) change in this transaction.

    All that change anything wait here for one another until they commit, so that a version seen means all lower ones
    are seen too: call it late in the transaction.
    """
    which: ColumnElement[bool]
    if hosts:
        which = compute_nodes.c.host.in_(sorted(hosts))
    elif providers:
        which = compute_nodes.c.uuid.in_(sorted(providers))
    else:
        return
    _grow(conn)
    newest = select(counters.c.value).where(counters.c.name == _NAME).scalar_subquery()
    conn.execute(update(compute_nodes).where(which).values(version=newest))


def current(conn: Connection) -> int:
    """The version of the newest change; 0 before the first."""
    return int(conn.execute(select(counters.c.value).where(counters.c.name == _NAME)).scalar() or 0)


def _grow(conn: Connection) -> None:
    grow = update(counters).where(counters.c.name == _NAME).values(value=counters.c.value + 1)
    if conn.execute(grow).rowcount:
        return
    try:
        with conn.begin_nested():
            conn.execute(insert(counters).values(name=_NAME, value=1))
    except IntegrityError:
        conn.execute(grow)
