"""Claims: what of a host a server takes, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, delete, func, insert, select, update

from nova.conductor import host_version
from nova.conductor.db.tables import allocations, compute_nodes, inventories, live, resource_providers
from nova.contracts.errors import ClaimConflict
from nova.contracts.flavor import Flavor

VCPU, MEMORY_MB, DISK_GB = "VCPU", "MEMORY_MB", "DISK_GB"
CLASS_IDS = {VCPU: 0, MEMORY_MB: 1, DISK_GB: 2}
_WORDS = {VCPU: "virtual CPUs", MEMORY_MB: "MiB of memory", DISK_GB: "GiB of disk"}
_MIB_PER_GIB = 1024


def resources_of(flavor: Flavor) -> dict[str, int]:
    """What a server of this flavor takes; swap is disk, rounded up to GiB."""
    swap_gb = -(-flavor.swap // _MIB_PER_GIB)
    wanted = {
        VCPU: flavor.vcpus,
        MEMORY_MB: flavor.memory_mb,
        DISK_GB: flavor.root_gb + flavor.ephemeral_gb + swap_gb,
    }
    return {name: amount for name, amount in wanted.items() if amount}


def claim(conn: Connection, provider: str, consumer: str, resources: Mapping[str, int]) -> None:
    """Take these resources of a provider (by uuid) for a server; what it had claimed there before is replaced.

    Claims on one provider wait for one another from here to the end of their transactions. ClaimConflict when the
    provider is gone or has not enough left.
    """
    grow = update(resource_providers).where(resource_providers.c.uuid == provider)
    # The first statement takes the row's lock: what is read after it stays true.
    if not conn.execute(grow.values(generation=resource_providers.c.generation + 1)).rowcount:
        raise ClaimConflict(host=provider, reason="the host is gone.")
    rows = _state(conn, provider, consumer)
    _check(rows, provider, resources)
    provider_id = rows[0].provider_id
    if any(row.mine for row in rows):
        own = and_(allocations.c.consumer_id == consumer, allocations.c.resource_provider_id == provider_id)
        conn.execute(delete(allocations).where(own))
    wanted = [
        {
            "resource_provider_id": provider_id,
            "consumer_id": consumer,
            "resource_class_id": CLASS_IDS[name],
            "used": amount,
        }
        for name, amount in resources.items()
    ]
    if wanted:
        conn.execute(insert(allocations), wanted)
    host_version.changed(conn, providers=[provider])


def release(conn: Connection, consumer: str, *, except_provider: str | None = None) -> None:
    """Give back all that a server claimed; with `except_provider` what it claimed elsewhere. May be repeated."""
    held = (
        select(resource_providers.c.id, resource_providers.c.uuid)
        .where(
            resource_providers.c.id.in_(
                select(allocations.c.resource_provider_id).where(allocations.c.consumer_id == consumer)
            )
        )
        .order_by(resource_providers.c.id)
        .with_for_update()
    )
    providers = {row.id: row.uuid for row in conn.execute(held) if row.uuid != except_provider}
    if not providers:
        return
    at = allocations.c.resource_provider_id.in_(list(providers))
    conn.execute(delete(allocations).where(allocations.c.consumer_id == consumer, at))
    grow = update(resource_providers).where(resource_providers.c.id.in_(list(providers)))
    conn.execute(grow.values(generation=resource_providers.c.generation + 1))
    host_version.changed(conn, providers=list(providers.values()))


def _state(conn: Connection, provider: str, consumer: str) -> list[Row[Any]]:
    """The provider's inventories, each with what others and this consumer use of it."""
    return list(conn.execute(_STATE, {"this_provider": provider, "this_consumer": consumer}).all())


def _state_query() -> Select[Any]:
    is_mine = allocations.c.consumer_id == bindparam("this_consumer")
    return (
        select(
            resource_providers.c.id.label("provider_id"),
            compute_nodes.c.host,
            inventories.c.resource_class_id,
            inventories.c.total,
            inventories.c.reserved,
            inventories.c.max_unit,
            inventories.c.allocation_ratio,
            func.coalesce(func.sum(case((is_mine, 0), else_=allocations.c.used)), 0).label("others"),
            func.coalesce(func.sum(case((is_mine, 1), else_=0)), 0).label("mine"),
        )
        .select_from(resource_providers)
        .join(compute_nodes, and_(compute_nodes.c.uuid == resource_providers.c.uuid, live(compute_nodes)))
        .join(inventories, inventories.c.resource_provider_id == resource_providers.c.id)
        .outerjoin(
            allocations,
            and_(
                allocations.c.resource_provider_id == resource_providers.c.id,
                allocations.c.resource_class_id == inventories.c.resource_class_id,
            ),
        )
        .where(resource_providers.c.uuid == bindparam("this_provider"))
        .group_by(resource_providers.c.id, compute_nodes.c.host, inventories.c.id)
    )


_STATE = _state_query()
"""Made once: making it takes longer than sending it."""


def _check(rows: list[Row[Any]], provider: str, resources: Mapping[str, int]) -> None:
    if not rows:
        raise ClaimConflict(host=provider, reason="the host offers nothing.")
    offered = {row.resource_class_id: row for row in rows}
    for name, amount in resources.items():
        row = offered.get(CLASS_IDS[name])
        capacity = 0 if row is None else int((row.total - row.reserved) * row.allocation_ratio)
        free = 0 if row is None else max(0, capacity - int(row.others))
        if row is None or amount > free or amount > row.max_unit:
            most = min(free, row.max_unit) if row is not None else 0
            raise ClaimConflict(
                host=rows[0].host, reason=f"{amount} {_WORDS[name]} are asked for, and it can give {most}."
            )
