"""The scheduler's view of the hosts: all of them, then what changes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg
from sqlalchemy import Connection, Row, Select, and_, func, literal, or_, select, update

from nova.base.context import RequestContext
from nova.conductor import host_version, hypervisors, liveness, zones
from nova.conductor.db.document import load
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import allocations, compute_nodes, instances, live, resource_providers, services
from nova.conductor.placement import CLASS_IDS, DISK_GB, MEMORY_MB, VCPU
from nova.contracts.hypervisor import HypervisorReport
from nova.contracts.scheduling import HostChanges, HostFacts, HostTable
from nova.contracts.states import TaskState, VmState

# Servers in these states keep their host's disks busy.
_BUSY_TASKS = (
    TaskState.RESIZE_MIGRATING,
    TaskState.REBUILDING,
    TaskState.RESIZE_PREP,
    TaskState.IMAGE_SNAPSHOT,
    TaskState.IMAGE_BACKUP,
    TaskState.UNSHELVING,
    TaskState.RESCUING,
)


class HostTableEndpoint(HostTable):
    """What the conductor tells the scheduler."""

    def __init__(self, database: Database, conf: cfg.ConfigOpts) -> None:
        self._database = database
        self._conf = conf

    def changes(self, context: RequestContext, *, since: int) -> HostChanges:
        """Five queries, whatever the number of hosts; one when nothing changed."""
        silent = self._database.read(lambda conn: _untold(conn, liveness.deadline(conn, self._conf)))
        if silent:
            self._database.transaction(lambda conn: _tell(conn, silent), safe=True)
        return self._database.read(lambda conn: changes(conn, self._conf, since))


def changes(conn: Connection, conf: cfg.ConfigOpts, since: int) -> HostChanges:
    """Hosts whose facts changed after this version; all for 0, or for a version this database never gave."""
    # Read first: what commits while the rows are read is told again the next time.
    version = host_version.current(conn)
    everything = since <= 0 or since > version
    if since == version and not everything:
        return HostChanges(version=version, all=False, hosts=[])
    rows = conn.execute(_nodes(None if everything else since)).all()
    alive_rows = [row for row in rows if not row.deleted]
    gone = [] if everything else [row.hypervisor_hostname for row in rows if row.deleted]
    here = {row.hypervisor_hostname for row in alive_rows}
    hosts = _facts(conn, conf, alive_rows, everything)
    return HostChanges(version=version, all=everything, hosts=hosts, gone=[name for name in gone if name not in here])


def _nodes(since: int | None) -> Select[Any]:
    query = (
        select(
            compute_nodes.c.uuid,
            compute_nodes.c.host,
            compute_nodes.c.hypervisor_hostname,
            compute_nodes.c.report,
            compute_nodes.c.deleted,
            resource_providers.c.generation,
            services.c.disabled,
            services.c.forced_down,
            services.c.stopped,
            services.c.last_seen_up,
        )
        .join(services, services.c.id == compute_nodes.c.service_id)
        .outerjoin(resource_providers, resource_providers.c.uuid == compute_nodes.c.uuid)
        .order_by(compute_nodes.c.id)
    )
    return query.where(live(compute_nodes)) if since is None else query.where(compute_nodes.c.version > since)


def _facts(conn: Connection, conf: cfg.ConfigOpts, rows: Sequence[Row[Any]], everything: bool) -> list[HostFacts]:
    if not rows:
        return []
    since = liveness.deadline(conn, conf)
    providers = None if everything else [row.uuid for row in rows]
    names = None if everything else {row.host for row in rows}
    used = hypervisors.claimed(conn, providers)
    counts = _counts(conn, providers)
    aggregates = zones.aggregates_of(conn, names)
    return [_host(row, conf, since, used, counts, aggregates.get(row.host, {})) for row in rows]


def _host(
    row: Row[Any],
    conf: cfg.ConfigOpts,
    since: datetime.datetime,
    used: dict[tuple[str, int], int],
    counts: dict[str, tuple[int, int]],
    aggregates: dict[str, list[str]],
) -> HostFacts:
    servers, io_ops = counts.get(row.uuid, (0, 0))
    return HostFacts(
        host=row.host,
        node=row.hypervisor_hostname,
        provider=row.uuid,
        generation=row.generation or 0,
        zone=aggregates.get(zones.KEY, [conf.default_availability_zone])[-1],
        alive=liveness.alive(row, since),
        enabled=not row.disabled,
        report=load(row.report, HypervisorReport),
        vcpus_used=used.get((row.uuid, CLASS_IDS[VCPU]), 0),
        memory_mb_used=used.get((row.uuid, CLASS_IDS[MEMORY_MB]), 0),
        disk_gb_used=used.get((row.uuid, CLASS_IDS[DISK_GB]), 0),
        servers=servers,
        io_ops=io_ops,
        aggregates=aggregates,
    )


def _counts(conn: Connection, providers: Sequence[str] | None) -> dict[str, tuple[int, int]]:
    """By provider: how many servers have claims on it, and how many of them keep its disks busy."""
    consumers = (
        select(resource_providers.c.uuid, allocations.c.consumer_id)
        .join(allocations, allocations.c.resource_provider_id == resource_providers.c.id)
        .distinct()
    )
    if providers is not None:
        consumers = consumers.where(resource_providers.c.uuid.in_(providers))
    claims = consumers.subquery()
    busy = or_(instances.c.task_state.in_(_BUSY_TASKS), instances.c.vm_state == VmState.BUILDING)
    query = (
        select(claims.c.uuid, func.count(), func.count(instances.c.id))
        .select_from(claims)
        .outerjoin(instances, and_(instances.c.uuid == claims.c.consumer_id, live(instances), busy))
        .group_by(claims.c.uuid)
    )
    return {uuid: (servers, io_ops) for uuid, servers, io_ops in conn.execute(query)}


def _untold(conn: Connection, since: datetime.datetime) -> dict[str, bool]:
    """Hypervisors whose daemon fell silent or came back since the scheduler was told: uuid and whether alive now."""
    alive = liveness.is_alive(since)
    told = compute_nodes.c.told_alive
    query = (
        select(compute_nodes.c.uuid, alive.label("alive"))
        .join(services, services.c.id == compute_nodes.c.service_id)
        .where(live(compute_nodes), or_(and_(alive, ~told), and_(~alive, told)))
    )
    return {uuid: bool(now_alive) for uuid, now_alive in conn.execute(query)}


def _tell(conn: Connection, silent: dict[str, bool]) -> None:
    for state in (True, False):
        nodes = [uuid for uuid, alive in silent.items() if alive is state]
        if nodes:
            conn.execute(update(compute_nodes).where(compute_nodes.c.uuid.in_(nodes)).values(told_alive=literal(state)))
    host_version.changed(conn, providers=list(silent))
