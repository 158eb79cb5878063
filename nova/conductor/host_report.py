"""What a compute host says it has, written where it matters: node, provider, inventories."""

from __future__ import annotations

import uuid as uuids
from typing import Any

import msgspec
from oslo_config import cfg
from sqlalchemy import Connection, Row, delete, insert, select, update

from nova.conductor import host_version, liveness
from nova.conductor.db.document import dump, load
from nova.conductor.db.tables import compute_nodes, inventories, live, resource_providers, services
from nova.conductor.placement import CLASS_IDS, DISK_GB, MEMORY_MB, VCPU
from nova.contracts.errors import Conflict
from nova.contracts.hypervisor import HypervisorReport


def write(conn: Connection, conf: cfg.ConfigOpts, host: str, report: HypervisorReport) -> None:
    """Keep a host's report; one that says nothing new costs one query. Conflict when another host has this name."""
    row = conn.execute(
        select(compute_nodes).where(
            compute_nodes.c.host == host, compute_nodes.c.hypervisor_hostname == report.hostname, live(compute_nodes)
        )
    ).one_or_none()
    if row is None:
        _register(conn, conf, host, report)
        return
    before = load(row.report, HypervisorReport)
    if before == report:
        return
    conn.execute(update(compute_nodes).where(compute_nodes.c.id == row.id).values(_facts(report)))
    if before is not None and _offer(before) != _offer(report):
        _write_inventories(conn, _grown(conn, row.uuid), report)
    if before is None or _lasting(before) != _lasting(report):
        host_version.changed(conn, providers=[row.uuid])


def _register(conn: Connection, conf: cfg.ConfigOpts, host: str, report: HypervisorReport) -> None:
    rival = select(resource_providers.c.id).where(resource_providers.c.name == report.hostname)
    if conn.execute(rival).first() is not None:
        raise Conflict(reason=f"Another host already reports the hypervisor {report.hostname}.")
    service_id = _service(conn, conf, host).id
    uuid = str(uuids.uuid4())
    conn.execute(
        insert(compute_nodes).values(uuid=uuid, host=host, service_id=service_id, told_alive=True, **_facts(report))
    )
    conn.execute(insert(resource_providers).values(uuid=uuid, name=report.hostname, generation=0))
    _write_inventories(conn, _grown(conn, uuid), report)
    host_version.changed(conn, providers=[uuid])


def _service(conn: Connection, conf: cfg.ConfigOpts, host: str) -> Row[Any]:
    """The host's nova-compute. Its report may come before its first sign of life, and is one."""
    query = select(services.c.id).where(liveness.of(liveness.COMPUTE, host))
    found = conn.execute(query).one_or_none()
    if found is None:
        liveness.beat(conn, conf, binary=liveness.COMPUTE, host=host, topic="compute")
        found = conn.execute(query).one()
    return found


def _grown(conn: Connection, provider: str) -> int:
    """The provider's number, its row locked and its generation one higher."""
    mine = resource_providers.c.uuid == provider
    conn.execute(update(resource_providers).where(mine).values(generation=resource_providers.c.generation + 1))
    return int(conn.execute(select(resource_providers.c.id).where(mine)).scalar_one())


def _write_inventories(conn: Connection, provider_id: int, report: HypervisorReport) -> None:
    conn.execute(delete(inventories).where(inventories.c.resource_provider_id == provider_id))
    conn.execute(
        insert(inventories),
        [
            {
                "resource_provider_id": provider_id,
                "resource_class_id": CLASS_IDS[name],
                "total": total,
                "reserved": reserved,
                "min_unit": 1,
                "max_unit": max(total, 1),
                "step_size": 1,
                "allocation_ratio": ratio,
            }
            for name, (total, reserved, ratio) in _offer(report).items()
        ],
    )


def _offer(report: HypervisorReport) -> dict[str, tuple[int, int, float]]:
    """By resource class: total, reserved, allocation ratio."""
    return {
        VCPU: (report.vcpus, 0, report.cpu_allocation_ratio),
        MEMORY_MB: (report.memory_mb, report.reserved_memory_mb, report.ram_allocation_ratio),
        DISK_GB: (report.local_gb, report.reserved_disk_gb, report.disk_allocation_ratio),
    }


def _lasting(report: HypervisorReport) -> HypervisorReport:
    """Without the figures that never rest and that no scheduling looks at."""
    return msgspec.structs.replace(report, memory_mb_used=0, local_gb_used=0)


def _facts(report: HypervisorReport) -> dict[str, Any]:
    return {
        "hypervisor_hostname": report.hostname,
        "hypervisor_type": report.type,
        "hypervisor_version": report.version,
        "host_ip": report.host_ip,
        "vcpus": report.vcpus,
        "memory_mb": report.memory_mb,
        "local_gb": report.local_gb,
        "cpu_allocation_ratio": report.cpu_allocation_ratio,
        "ram_allocation_ratio": report.ram_allocation_ratio,
        "disk_allocation_ratio": report.disk_allocation_ratio,
        "report": dump(report),
    }
