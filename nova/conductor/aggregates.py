"""Aggregates in the database."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import ColumnElement, Connection, select, true

from nova.base.context import RequestContext
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import aggregate_hosts, aggregate_metadata, aggregates
from nova.contracts.aggregate import Aggregate, Aggregates
from nova.contracts.errors import NotFound


class AggregateEndpoint(Aggregates):
    """What the conductor tells about aggregates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, context: RequestContext) -> list[Aggregate]:
        """In three queries."""
        return self._database.read(lambda conn: _records(conn, true()))

    def get(self, context: RequestContext, *, id: int) -> Aggregate:
        """By number."""
        found = self._database.read(lambda conn: _records(conn, aggregates.c.id == id))
        if not found:
            raise NotFound(what="Aggregate", id=id)
        return found[0]


def _records(conn: Connection, which: ColumnElement[bool]) -> list[Aggregate]:
    rows = conn.execute(select(aggregates).where(which).order_by(aggregates.c.id)).all()
    hosts: dict[int, list[str]] = defaultdict(list)
    words: dict[int, dict[str, str]] = defaultdict(dict)
    chosen = select(aggregates.c.id).where(which)
    members = aggregate_hosts.c
    for number, host in conn.execute(
        select(members.aggregate_id, members.host).where(members.aggregate_id.in_(chosen)).order_by(members.id)
    ):
        hosts[number].append(host)
    said = aggregate_metadata.c
    for number, key, value in conn.execute(
        select(said.aggregate_id, said.key, said.value).where(said.aggregate_id.in_(chosen)).order_by(said.id)
    ):
        words[number][key] = value
    return [
        Aggregate(
            id=row.id,
            uuid=row.uuid,
            name=row.name,
            hosts=hosts[row.id],
            metadata=words[row.id],
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]
