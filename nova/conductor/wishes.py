"""What the scheduler is asked for a server, read from its row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from nova.conductor.db import document
from nova.conductor.db.tables import (
    instance_group_member,
    instance_group_policy,
    instance_groups,
    instances,
    live,
)
from nova.contracts.flavor import Flavor
from nova.contracts.image import BootImages
from nova.contracts.scheduling import PlacementRequest, ServerGroup

HINTS_WITH_SERVERS = ("same_host", "different_host")


def placement_request(conn: Connection, server: str, arguments: dict[str, Any], tried: list[str]) -> PlacementRequest:
    """The question, with all that would need a look-up: the hosts of group members and of hinted servers."""
    row = conn.execute(select(instances).where(instances.c.uuid == server)).one()
    hints = _as_lists(document.load(row.hints, dict[str, Any]) or {})
    flavor = document.load(row.flavor, Flavor)
    assert flavor is not None
    named = [uuid for hint in HINTS_WITH_SERVERS for uuid in hints.get(hint, [])]
    return PlacementRequest(
        server=server,
        project_id=row.project_id,
        flavor=flavor,
        image=(document.load(row.image, BootImages) or BootImages()).image,
        availability_zone=row.pinned_availability_zone,
        forced_host=arguments.get("forced_host"),
        forced_node=arguments.get("forced_node"),
        requested_host=arguments.get("requested_host"),
        requested_node=arguments.get("requested_node"),
        hints=hints,
        hint_hosts=_hosts_of(conn, named),
        group=_group_of(conn, server) if "group" in hints else None,
        tried=tried,
    )


def _as_lists(hints: dict[str, Any]) -> dict[str, list[str]]:
    return {
        name: [str(each) for each in value] if isinstance(value, list) else [str(value)]
        for name, value in hints.items()
    }


def _hosts_of(conn: Connection, servers: list[str]) -> dict[str, str | None]:
    hosts: dict[str, str | None] = dict.fromkeys(servers)
    if servers:
        query = select(instances.c.uuid, instances.c.host).where(instances.c.uuid.in_(servers), live(instances))
        hosts.update({row.uuid: row.host for row in conn.execute(query)})
    return hosts


def _group_of(conn: Connection, server: str) -> ServerGroup | None:
    policy = instance_group_policy.c
    group = conn.execute(
        select(
            instance_groups.c.id, instance_groups.c.uuid, instance_group_policy.c.policy, instance_group_policy.c.rules
        )
        .join(instance_group_member, instance_group_member.c.group_id == instance_groups.c.id)
        .join(instance_group_policy, policy.group_id == instance_groups.c.id)
        .where(instance_group_member.c.instance_uuid == server)
    ).first()
    if group is None:
        return None
    members = conn.execute(
        select(instances.c.host, func.count().label("members"))
        .join(instance_group_member, instance_group_member.c.instance_uuid == instances.c.uuid)
        .where(
            instance_group_member.c.group_id == group.id,
            instances.c.host.is_not(None),
            instances.c.uuid != server,
            live(instances),
        )
        .group_by(instances.c.host)
    ).all()
    rules = document.load(group.rules, dict[str, int]) or {}
    return ServerGroup(
        uuid=group.uuid,
        policy=group.policy,
        max_server_per_host=rules.get("max_server_per_host"),
        hosts=[row.host for row in members],
        members_on={row.host: row.members for row in members},
    )
