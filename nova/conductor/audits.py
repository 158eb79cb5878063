"""What an audit looks for in the database. Every search is one query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, select

from nova.conductor.db.tables import (
    allocations,
    block_device_mapping,
    compute_nodes,
    fixed_ips,
    instances,
    live,
    resource_providers,
    tasks,
    virtual_interfaces,
)
from nova.conductor.tasks import journal
from nova.contracts.audit import Finding
from nova.contracts.states import VmState

WHERE = "database"


def database(conn: Connection) -> list[Finding]:
    """Claims, addresses, disks and tasks whose server is gone, and servers that wait for nothing."""
    return [*_claims(conn), *_addresses(conn), *_devices(conn), *_tasks(conn), *_servers(conn)]


def _claims(conn: Connection) -> Iterable[Finding]:
    query = (
        select(allocations.c.consumer_id, resource_providers.c.name)
        .distinct()
        .select_from(allocations)
        .join(resource_providers, resource_providers.c.id == allocations.c.resource_provider_id)
        .outerjoin(compute_nodes, and_(compute_nodes.c.uuid == resource_providers.c.uuid, live(compute_nodes)))
        .outerjoin(
            instances,
            and_(
                instances.c.uuid == allocations.c.consumer_id,
                instances.c.host == compute_nodes.c.host,
                live(instances),
            ),
        )
        .where(instances.c.id.is_(None))
    )
    for consumer, provider in conn.execute(query):
        yield Finding(kind="claim", where=WHERE, what=provider, owner=consumer, hint="No live server there holds it.")


def _addresses(conn: Connection) -> Iterable[Finding]:
    taken = select(fixed_ips.c.address, fixed_ips.c.instance_uuid).where(fixed_ips.c.allocated.is_(True))
    for address, owner in conn.execute(_without_server(taken, fixed_ips.c.instance_uuid)):
        yield Finding(kind="address", where=WHERE, what=address, owner=owner, hint="Allocated to no live server.")
    vifs = select(virtual_interfaces.c.uuid, virtual_interfaces.c.instance_uuid)
    for vif, owner in conn.execute(_without_server(vifs, virtual_interfaces.c.instance_uuid)):
        yield Finding(kind="address", where=WHERE, what=f"interface {vif}", owner=owner, hint="Of no live server.")


def _devices(conn: Connection) -> Iterable[Finding]:
    disks = select(block_device_mapping.c.uuid, block_device_mapping.c.instance_uuid)
    for disk, owner in conn.execute(_without_server(disks, block_device_mapping.c.instance_uuid)):
        yield Finding(kind="disk", where=WHERE, what=disk, owner=owner, hint="A row of no live server.")


def _tasks(conn: Connection) -> Iterable[Finding]:
    unfinished = select(tasks.c.id, tasks.c.server_uuid).where(tasks.c.phase.in_(journal.UNFINISHED))
    for task, owner in conn.execute(_without_server(unfinished, tasks.c.server_uuid)):
        yield Finding(kind="task", where=WHERE, what=task, owner=owner, hint="Unfinished, and its server is gone.")


def _servers(conn: Connection) -> Iterable[Finding]:
    """Servers that say they are busy though no task works on them: they would wait for ever."""
    working = select(tasks.c.id).where(tasks.c.server_uuid == instances.c.uuid, tasks.c.phase.in_(journal.UNFINISHED))
    waiting = select(instances.c.uuid, instances.c.vm_state, instances.c.task_state).where(
        live(instances),
        instances.c.task_state.is_not(None) | (instances.c.vm_state == VmState.BUILDING.value),
        ~working.exists(),
    )
    for uuid, vm_state, task_state in conn.execute(waiting):
        what = f"{vm_state}/{task_state or 'no task state'}"
        yield Finding(kind="task", where=WHERE, what=what, owner=uuid, hint="Busy, and no task works on it.")


def _without_server(query: Select[Any], owner: Any) -> Select[Any]:
    return query.where(~exists().where(instances.c.uuid == owner, live(instances)))
