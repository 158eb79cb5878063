"""Services in the database."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor import host_version, liveness, zones
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import (
    aggregate_hosts,
    allocations,
    clock,
    compute_nodes,
    instances,
    live,
    resource_providers,
    services,
)
from nova.contracts.errors import BadRequest, Conflict, NotFound
from nova.contracts.service import Service, ServiceChange, Services, ZoneHosts


class ServiceEndpoint(Services):
    """What the conductor does about services."""

    def __init__(self, database: Database, conf: cfg.ConfigOpts) -> None:
        self._database = database
        self._conf = conf

    def beat(self, context: RequestContext, *, binary: str, host: str, topic: str) -> None:
        """A sign of life."""

        def work(conn: Connection) -> None:
            liveness.beat(conn, self._conf, binary=binary, host=host, topic=topic)

        try:
            self._database.transaction(work, safe=True)
        except IntegrityError:
            # Its first sign of life reached two conductors at once: the row is there now.
            self._database.transaction(work, safe=True)

    def stopped(self, context: RequestContext, *, binary: str, host: str) -> None:
        """Down from now on, without waiting for its silence."""
        change = update(services).where(liveness.of(binary, host)).values(stopped=True)
        self._database.transaction(lambda conn: conn.execute(change), safe=True)

    def find(self, context: RequestContext, *, host: str | None = None, binary: str | None = None) -> list[Service]:
        """In the order they first appeared."""
        return self._database.read(lambda conn: find(conn, self._conf, host=host, binary=binary))

    def change(
        self,
        context: RequestContext,
        *,
        change: ServiceChange,
        uuid: str | None = None,
        host: str | None = None,
        binary: str | None = None,
    ) -> Service:
        """Enable, disable, force down."""
        which = _which(uuid, host, binary)

        def work(conn: Connection) -> Service:
            row = conn.execute(select(services).where(which).with_for_update()).one_or_none()
            if row is None:
                raise NotFound(what="Service", id=uuid or f"{binary} on {host}")
            conn.execute(update(services).where(services.c.id == row.id).values(_changes(change)))
            host_version.changed(conn, hosts=[row.host])
            return _records(conn, self._conf, services.c.id == row.id)[0]

        return self._database.transaction(work, safe=True)

    def delete(self, context: RequestContext, *, id: str) -> None:
        """Forget a daemon; for nova-compute also its hypervisors and its place in aggregates."""
        which = services.c.id == int(id) if id.isdecimal() else services.c.uuid == id

        def work(conn: Connection) -> None:
            row = conn.execute(select(services).where(which, live(services)).with_for_update()).one_or_none()
            if row is None:
                raise NotFound(what="Service", id=id)
            if row.binary == liveness.COMPUTE:
                _forget_host(conn, row)
            gone = {"deleted": services.c.id, "deleted_at": clock()}
            conn.execute(update(services).where(services.c.id == row.id).values(gone))

        self._database.transaction(work)

    def zones(self, context: RequestContext, *, with_services: bool = False) -> list[ZoneHosts]:
        """By name; a zone is available when any of its services is enabled."""
        found = self._database.read(lambda conn: find(conn, self._conf))
        by_zone: dict[str, list[Service]] = {}
        for service in found:
            by_zone.setdefault(service.zone, []).append(service)
        return [
            ZoneHosts(
                name=name,
                available=any(not service.disabled for service in members),
                services=members if with_services else [],
                internal=name == self._conf.internal_service_availability_zone,
            )
            for name, members in sorted(by_zone.items())
        ]


def find(
    conn: Connection, conf: cfg.ConfigOpts, *, host: str | None = None, binary: str | None = None
) -> list[Service]:
    """All services, or those of a host or binary, in three queries."""
    conditions = [live(services)]
    if host is not None:
        conditions.append(services.c.host == host)
    if binary is not None:
        conditions.append(services.c.binary == binary)
    return _records(conn, conf, and_(*conditions))


def _records(conn: Connection, conf: cfg.ConfigOpts, which: ColumnElement[bool]) -> list[Service]:
    since = liveness.deadline(conn, conf)
    rows: Sequence[Row[Any]] = conn.execute(select(services).where(which).order_by(services.c.id)).all()
    zone_of = zones.of_hosts(conn)
    return [_record(row, since, zone_of, conf) for row in rows]


def _record(row: Row[Any], since: datetime.datetime, zone_of: dict[str, str], conf: cfg.ConfigOpts) -> Service:
    zone = conf.internal_service_availability_zone
    if row.binary == liveness.COMPUTE:
        zone = zone_of.get(row.host, conf.default_availability_zone)
    return Service(
        id=row.id,
        uuid=row.uuid,
        binary=row.binary,
        host=row.host,
        topic=row.topic or "",
        zone=zone,
        disabled=row.disabled,
        disabled_reason=row.disabled_reason,
        forced_down=row.forced_down,
        alive=liveness.alive(row, since),
        last_seen=row.last_seen_up,
        updated_at=row.updated_at,
    )


def _which(uuid: str | None, host: str | None, binary: str | None) -> ColumnElement[bool]:
    if uuid is not None:
        return and_(services.c.uuid == uuid, live(services))
    if host is None or binary is None:
        raise BadRequest(reason="Name the service by uuid, or by host and binary.")
    return liveness.of(binary, host)


def _changes(change: ServiceChange) -> dict[str, Any]:
    if change.disabled_reason is not None and not change.disabled:
        raise BadRequest(reason="disabled_reason is only for a service that is disabled.")
    values: dict[str, Any] = {}
    if change.disabled is not None:
        values = {"disabled": change.disabled, "disabled_reason": change.disabled_reason}
    if change.forced_down is not None:
        values["forced_down"] = change.forced_down
    if not values:
        raise BadRequest(reason="Nothing to change was given.")
    return values


def _forget_host(conn: Connection, service: Row[Any]) -> None:
    """Take a compute host out. Conflict while it has servers or claims."""
    nodes = conn.execute(
        select(compute_nodes.c.uuid).where(compute_nodes.c.host == service.host, live(compute_nodes))
    ).scalars()
    providers = list(nodes)
    on_it = select(func.count()).select_from(instances).where(instances.c.host == service.host, live(instances))
    provider_ids = select(resource_providers.c.id).where(resource_providers.c.uuid.in_(providers))
    claims = select(func.count()).select_from(allocations).where(allocations.c.resource_provider_id.in_(provider_ids))
    if conn.execute(on_it).scalar() or conn.execute(claims).scalar():
        raise Conflict(
            reason="Unable to delete compute service that is hosting instances. Migrate or delete the instances first."
        )
    host_version.changed(conn, providers=providers)
    gone = {"deleted": compute_nodes.c.id, "deleted_at": clock()}
    conn.execute(update(compute_nodes).where(compute_nodes.c.uuid.in_(providers)).values(gone))
    conn.execute(delete(resource_providers).where(resource_providers.c.uuid.in_(providers)))
    conn.execute(delete(aggregate_hosts).where(aggregate_hosts.c.host == service.host))
