"""Passwords that guests left for their users: sealed, so that nobody here can read them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, insert, select
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import instance_system_metadata, instances, live
from nova.contracts.errors import Conflict, ServerNotFound
from nova.contracts.metadata import GuestPasswords

# One value of the table holds 255 characters: a password is four of them.
_CHUNK = 255
_KEYS = tuple(f"password_{number}" for number in range(4))


class GuestPasswordEndpoint(GuestPasswords):
    """See the contract."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leave(self, context: RequestContext, *, server: str, sealed: str) -> None:
        """Of two at once, one is kept: the table's unique key decides."""

        def work(conn: Connection) -> None:
            if conn.execute(select(instances.c.id).where(instances.c.uuid == server, live(instances))).first() is None:
                raise ServerNotFound(id=server)
            if of_server(conn, server) is not None:
                raise _taken()
            rows = [
                {"instance_uuid": server, "key": key, "value": sealed[at * _CHUNK : (at + 1) * _CHUNK]}
                for at, key in enumerate(_KEYS)
            ]
            conn.execute(insert(instance_system_metadata), rows)

        try:
            self._database.transaction(work)
        except IntegrityError as error:
            raise _taken() from error


def of_server(conn: Connection, server: str) -> str | None:
    """What the guest left, None when nothing."""
    table = instance_system_metadata.c
    rows = conn.execute(select(table.key, table.value).where(_passwords_of(server))).all()
    return "".join(value or "" for _, value in sorted((row.key, row.value) for row in rows)) if rows else None


def _passwords_of(server: str) -> ColumnElement[bool]:
    table = instance_system_metadata.c
    return and_(table.instance_uuid == server, table.key.in_(_KEYS))


def _taken() -> Conflict:
    return Conflict(reason="The server has a password already.")
