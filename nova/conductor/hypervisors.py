"""Hypervisors as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from oslo_config import cfg
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from nova.base.context import RequestContext
from nova.conductor import liveness
from nova.conductor.db import paging
from nova.conductor.db.document import load
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import allocations, compute_nodes, instances, live, resource_providers, services
from nova.conductor.placement import CLASS_IDS, DISK_GB, MEMORY_MB, VCPU
from nova.contracts.errors import NotFound
from nova.contracts.hypervisor import Hypervisor, HypervisorReport, Hypervisors, HypervisorServer
from nova.contracts.record import Page


class HypervisorEndpoint(Hypervisors):
    """What the conductor tells about hypervisors."""

    def __init__(self, database: Database, conf: cfg.ConfigOpts) -> None:
        self._database = database
        self._conf = conf

    def find(
        self,
        context: RequestContext,
        *,
        page: Page,
        hostname_part: str | None = None,
        with_servers: bool = False,
    ) -> list[Hypervisor]:
        """One page by number."""

        def work(conn: Connection) -> list[Hypervisor]:
            query = _nodes()
            if hostname_part is not None:
                query = query.where(compute_nodes.c.hypervisor_hostname.contains(hostname_part, autoescape=True))
            after = None if page.marker is None else [_number(conn, page.marker)]
            query = paging.page(query, [(compute_nodes.c.id, "asc")], page.limit, after)
            return _records(conn, self._conf, conn.execute(query).all(), with_servers)

        return self._database.read(work)

    def get(self, context: RequestContext, *, id: str, with_servers: bool = False) -> Hypervisor:
        """By number or uuid."""

        def work(conn: Connection) -> Hypervisor:
            rows = conn.execute(_nodes().where(_is(id))).all()
            if not rows:
                raise NotFound(what="Compute host", id=id)
            return _records(conn, self._conf, rows, with_servers)[0]

        return self._database.read(work)


def _nodes() -> Select[Any]:
    return (
        select(
            compute_nodes.c.id,
            compute_nodes.c.uuid,
            compute_nodes.c.host,
            compute_nodes.c.hypervisor_hostname,
            compute_nodes.c.report,
            compute_nodes.c.updated_at,
            services.c.id.label("service_id"),
            services.c.uuid.label("service_uuid"),
            services.c.disabled,
            services.c.disabled_reason,
            services.c.forced_down,
            services.c.stopped,
            services.c.last_seen_up,
        )
        .join(services, services.c.id == compute_nodes.c.service_id)
        .where(live(compute_nodes))
    )


def _is(id: str) -> ColumnElement[bool]:
    return compute_nodes.c.id == int(id) if id.isdecimal() else compute_nodes.c.uuid == id


def _number(conn: Connection, marker: str) -> int:
    found = conn.execute(select(compute_nodes.c.id).where(_is(marker), live(compute_nodes))).scalar()
    if found is None:
        raise paging.no_marker(marker)
    return int(found)


def _records(conn: Connection, conf: cfg.ConfigOpts, rows: Sequence[Row[Any]], with_servers: bool) -> list[Hypervisor]:
    """Three more queries for all of them, and one for their servers."""
    if not rows:
        return []
    since = liveness.deadline(conn, conf)
    used = claimed(conn, [row.uuid for row in rows])
    loads = _loads(conn, {row.host for row in rows})
    servers = _servers(conn, {row.host for row in rows}, conf) if with_servers else {}
    return [
        Hypervisor(
            id=row.id,
            uuid=row.uuid,
            report=load(row.report, HypervisorReport),
            service_id=row.service_id,
            service_uuid=row.service_uuid,
            service_host=row.host,
            service_disabled_reason=row.disabled_reason,
            state="up" if liveness.alive(row, since) else "down",
            status="disabled" if row.disabled else "enabled",
            vcpus_used=used.get((row.uuid, CLASS_IDS[VCPU]), 0),
            memory_mb_used=used.get((row.uuid, CLASS_IDS[MEMORY_MB]), 0),
            local_gb_used=used.get((row.uuid, CLASS_IDS[DISK_GB]), 0),
            running_vms=loads.get((row.host, row.hypervisor_hostname), (0, 0))[0],
            current_workload=loads.get((row.host, row.hypervisor_hostname), (0, 0))[1],
            servers=servers.get((row.host, row.hypervisor_hostname), []) if with_servers else None,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def claimed(conn: Connection, providers: Sequence[str] | None) -> dict[tuple[str, int], int]:
    """What is claimed of each provider (by uuid; None: of all) and resource class."""
    query = (
        select(resource_providers.c.uuid, allocations.c.resource_class_id, func.sum(allocations.c.used))
        .join(resource_providers, resource_providers.c.id == allocations.c.resource_provider_id)
        .group_by(resource_providers.c.uuid, allocations.c.resource_class_id)
    )
    if providers is not None:
        query = query.where(resource_providers.c.uuid.in_(providers))
    return {(uuid, kind): int(amount) for uuid, kind, amount in conn.execute(query)}


def _loads(conn: Connection, hosts: set[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """By (host, node): how many servers it has, and with how many of them a task is busy."""
    table = instances.c
    query = (
        select(table.host, table.node, func.count(table.id), func.count(table.task_state))
        .where(and_(live(instances), table.host.in_(sorted(hosts))))
        .group_by(table.host, table.node)
    )
    return {(host, node): (servers, busy) for host, node, servers, busy in conn.execute(query)}


def _servers(conn: Connection, hosts: set[str], conf: cfg.ConfigOpts) -> dict[tuple[str, str], list[HypervisorServer]]:
    table = instances.c
    query = (
        select(table.host, table.node, table.uuid, table.id)
        .where(and_(live(instances), table.host.in_(sorted(hosts))))
        .order_by(table.id)
    )
    found: dict[tuple[str, str], list[HypervisorServer]] = {}
    for host, node, uuid, number in conn.execute(query):
        name = conf.instance_name_template % number
        found.setdefault((host, node), []).append(HypervisorServer(uuid=uuid, name=name))
    return found
