"""Availability zones: aggregates whose metadata says so."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from nova.conductor.db.tables import aggregate_hosts, aggregate_metadata

KEY = "availability_zone"


def of_hosts(conn: Connection, host: str | None = None) -> dict[str, str]:
    """The zone of every host that is in one, or only of this host, in one query. A host is in at most one."""
    hosts, metadata = aggregate_hosts.c, aggregate_metadata.c
    query = (
        select(hosts.host, metadata.value)
        .join(aggregate_metadata, metadata.aggregate_id == hosts.aggregate_id)
        .where(metadata.key == KEY)
        .order_by(hosts.id.desc())
    )
    if host is not None:
        query = query.where(hosts.host == host)
    return dict(conn.execute(query).all())


def aggregates_of(conn: Connection, names: Collection[str] | None) -> dict[str, dict[str, list[str]]]:
    """For these hosts (None: all) the metadata of their aggregates: each key with all its values."""
    hosts, metadata = aggregate_hosts.c, aggregate_metadata.c
    query = select(hosts.host, metadata.key, metadata.value).join(
        aggregate_metadata, metadata.aggregate_id == hosts.aggregate_id
    )
    if names is not None:
        query = query.where(hosts.host.in_(sorted(names)))
    found: dict[str, dict[str, list[str]]] = {}
    for host, key, value in conn.execute(query.order_by(metadata.id)):
        values = found.setdefault(host, {}).setdefault(key, [])
        if value not in values:
            values.append(value)
    return found
