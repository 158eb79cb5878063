"""The order of changes of hosts' facts, so that the scheduler can ask what is new."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, or_, select, update

from nova.conductor.db import ending, once
from nova.conductor.db.tables import compute_nodes, counters

_NAME = "hosts"


def changed(conn: Connection, *, hosts: Collection[str] = (), providers: Collection[str] = ()) -> None:
    """Facts of these hosts (by name) or hypervisors (by uuid) change in this transaction.

    It is written last: all that change anything wait here for one another until they commit, so that a version seen
    means all lower ones are seen too.
    """
    ending.add(conn, _write, *(("host", host) for host in hosts), *(("uuid", uuid) for uuid in providers))


def _write(conn: Connection, things: set[tuple[str, str]]) -> None:
    if not things:
        return
    named = {column: sorted(name for kind, name in things if kind == column) for column in ("host", "uuid")}
    which = or_(*(compute_nodes.c[column].in_(names) for column, names in named.items() if names))
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
    if not once.insert_unless_there(conn, counters, name=_NAME, value=1):
        conn.execute(grow)
