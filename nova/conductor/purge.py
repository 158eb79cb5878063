"""Deleted rows go for good, a few at a time, so that nobody waits for long."""

from __future__ import annotations

import datetime

from oslo_config import cfg
from sqlalchemy import ColumnElement, Connection, Table, delete, select

from nova.conductor.db.engine import Database, now
from nova.conductor.db.tables import (
    block_device_mapping,
    client_tokens,
    clock,
    compute_nodes,
    console_auth_tokens,
    fixed_ips,
    instance_actions,
    instance_actions_events,
    instance_faults,
    instance_group_member,
    instance_metadata,
    instance_system_metadata,
    instances,
    networks,
    services,
    tags,
    task_steps,
    tasks,
)

BATCH = 100
"""Servers (or other nouns) a transaction."""

# What a server leaves behind, by the column that names it.
_CHILDREN = (
    (instance_metadata, "instance_uuid"),
    (instance_system_metadata, "instance_uuid"),
    (instance_faults, "instance_uuid"),
    (instance_group_member, "instance_uuid"),
    (block_device_mapping, "instance_uuid"),
    (console_auth_tokens, "instance_uuid"),
    (tags, "resource_id"),
)


def overdue(database: Database, conf: cfg.ConfigOpts) -> int:
    """Purge what was deleted longer ago than the settings keep it; answers how many rows went. For periodic work."""
    days = conf.purge_deleted_after_days
    if days == 0:
        return 0
    before = database.read(now) - datetime.timedelta(days=days)
    total = 0
    while gone := sum(database.transaction(lambda conn: batch(conn, before), safe=True).values()):
        total += gone
    return total


def batch(conn: Connection, before: datetime.datetime, limit: int = BATCH) -> dict[str, int]:
    """Purge at most `limit` servers and as many of other nouns, deleted before a time; answers rows gone by table."""
    gone = _servers(conn, before, limit)
    gone |= _finished_tasks(conn, before, limit)
    for table in (services, compute_nodes):
        gone[table.name] = _some(conn, table, limit, table.c.deleted != 0, table.c.deleted_at < before)
    held = select(fixed_ips.c.id).where(fixed_ips.c.network_id == networks.c.id).exists()
    gone["networks"] = _some(conn, networks, limit, networks.c.deleted != 0, networks.c.deleted_at < before, ~held)
    gone["client_tokens"] = _some(conn, client_tokens, limit, client_tokens.c.created_at < before)
    tokens = console_auth_tokens
    expired = _some(conn, tokens, limit, tokens.c.expires < clock(), tokens.c.expires < before)
    gone["console_auth_tokens"] = gone.get("console_auth_tokens", 0) + expired
    return {name: count for name, count in gone.items() if count}


def _servers(conn: Connection, before: datetime.datetime, limit: int) -> dict[str, int]:
    dead = select(instances.c.uuid).where(instances.c.deleted != 0, instances.c.deleted_at < before)
    uuids = list(conn.execute(dead.order_by(instances.c.deleted_at).limit(limit)).scalars())
    if not uuids:
        return {}
    actions = list(
        conn.execute(select(instance_actions.c.id).where(instance_actions.c.instance_uuid.in_(uuids))).scalars()
    )
    gone = {
        "instance_actions_events": conn.execute(
            delete(instance_actions_events).where(instance_actions_events.c.action_id.in_(actions))
        ).rowcount,
        "instance_actions": conn.execute(delete(instance_actions).where(instance_actions.c.id.in_(actions))).rowcount,
    }
    for table, column in _CHILDREN:
        gone[table.name] = conn.execute(delete(table).where(table.c[column].in_(uuids))).rowcount
    gone["instances"] = conn.execute(delete(instances).where(instances.c.uuid.in_(uuids))).rowcount
    return gone


def _finished_tasks(conn: Connection, before: datetime.datetime, limit: int) -> dict[str, int]:
    old = select(tasks.c.id).where(tasks.c.finished_at < before).order_by(tasks.c.finished_at).limit(limit)
    ids = list(conn.execute(old).scalars())
    if not ids:
        return {}
    return {
        "task_steps": conn.execute(delete(task_steps).where(task_steps.c.task_id.in_(ids))).rowcount,
        "tasks": conn.execute(delete(tasks).where(tasks.c.id.in_(ids))).rowcount,
    }


def _some(conn: Connection, table: Table, limit: int, *conditions: ColumnElement[bool]) -> int:
    ids = list(conn.execute(select(table.c.id).where(*conditions).limit(limit)).scalars())
    return conn.execute(delete(table).where(table.c.id.in_(ids))).rowcount if ids else 0
