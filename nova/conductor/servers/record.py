"""Rows of servers as records, a page at a time, in a fixed number of queries."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Row, bindparam, func, select

from nova.conductor import security_rules
from nova.conductor.db import document
from nova.conductor.db.tables import (
    clock,
    instance_faults,
    instance_group_member,
    instance_groups,
    instance_metadata,
    instances,
    live,
    services,
    tags,
)
from nova.contracts.flavor import Flavor
from nova.contracts.image import BootImages
from nova.contracts.network import Vif
from nova.contracts.server import Fault, Server

SHORT = (instances.c.uuid, instances.c.display_name)
NO_FLAVOR = Flavor(flavorid="", name="", memory_mb=0, vcpus=0, root_gb=0)

# The statements that every look at a server needs, made once: making them takes longer than sending them.
_THESE: BindParameter[Any] = bindparam("these", expanding=True)
_meta, _members = instance_metadata.c, instance_group_member.c
_PAIRS = select(_meta.instance_uuid, _meta.key, _meta.value).where(_meta.instance_uuid.in_(_THESE))
_TAGS = select(tags.c.resource_id, tags.c.tag).where(tags.c.resource_id.in_(_THESE)).order_by(tags.c.tag)
_IN_GROUPS = (
    select(_members.instance_uuid, instance_groups.c.uuid)
    .join(instance_groups, instance_groups.c.id == _members.group_id)
    .where(_members.instance_uuid.in_(_THESE))
)
_HOSTS = select(services, clock().label("at")).where(
    services.c.host.in_(_THESE), services.c.binary == "nova-compute", live(services)
)


def short(rows: Sequence[Row[Any]]) -> list[Server]:
    """Only what the short list shows: uuid and name."""
    beginning = datetime.datetime.fromtimestamp(0, datetime.UTC)
    return [
        Server(
            number=0,
            uuid=row.uuid,
            name=row.display_name,
            hostname="",
            project_id="",
            user_id="",
            vm_state="",
            created_at=beginning,
            flavor=NO_FLAVOR,
        )
        for row in rows
    ]


def full(conn: Connection, rows: Sequence[Row[Any]], down_after: float) -> list[Server]:
    """Everything about these rows of `instances`, in their order. `down_after`: seconds of silence of a host."""
    uuids = [row.uuid for row in rows]
    if not uuids:
        return []
    meta = _pairs(conn, uuids)
    tagged = _tags(conn, uuids)
    groups = security_rules.group_names(conn, uuids)
    in_groups = _server_groups(conn, uuids)
    faults = _faults(conn, [row.uuid for row in rows if row.vm_state in ("error", "deleted")])
    hosts = _host_states(conn, {row.host for row in rows if row.host}, down_after)
    return [
        msgspec.structs.replace(
            server,
            host_status=hosts.get(server.host, "UNKNOWN") if server.host else "",
            metadata=meta[server.uuid],
            tags=tagged[server.uuid],
            security_groups=groups[server.uuid],
            fault=faults.get(server.uuid),
            server_groups=in_groups[server.uuid],
        )
        for server in bare(rows)
    ]


def bare(rows: Sequence[Row[Any]]) -> list[Server]:
    """Only what the rows of `instances` say by themselves."""
    # Many servers share a flavor and an image: each text is read once.
    flavors: dict[str, Flavor] = {}
    images: dict[str, BootImages] = {}
    servers = []
    for row in rows:
        flavor = flavors.get(row.flavor)
        if flavor is None:
            flavor = flavors[row.flavor] = document.load(row.flavor, Flavor) or NO_FLAVOR
        image = images.get(row.image)
        if image is None:
            image = images[row.image] = document.load(row.image, BootImages) or BootImages()
        servers.append(_of_row(row, flavor, image))
    return servers


def _of_row(row: Row[Any], flavor: Flavor, image: BootImages) -> Server:
    return Server(
        number=row.id,
        uuid=row.uuid,
        name=row.display_name,
        description=row.display_description,
        hostname=row.hostname,
        project_id=row.project_id,
        user_id=row.user_id,
        vm_state=row.vm_state,
        task_state=row.task_state,
        power_state=row.power_state,
        progress=row.progress,
        created_at=row.created_at,
        updated_at=row.updated_at,
        launched_at=row.launched_at,
        terminated_at=row.terminated_at,
        deleted=bool(row.deleted),
        image_id=row.image_ref,
        image_properties=image.image.properties if image.image else {},
        kernel_id=row.kernel_id,
        ramdisk_id=row.ramdisk_id,
        flavor=flavor,
        host=row.host,
        node=row.node,
        availability_zone=row.availability_zone,
        pinned_availability_zone=row.pinned_availability_zone,
        key_name=row.key_name,
        user_data=row.user_data,
        config_drive=row.config_drive,
        launch_index=row.launch_index,
        reservation_id=row.reservation_id,
        root_device_name=row.root_device_name,
        disk_config="AUTO" if row.auto_disk_config else "MANUAL",
        access_ip_v4=row.access_ip_v4,
        access_ip_v6=row.access_ip_v6,
        locked=row.locked,
        locked_by=row.locked_by,
        locked_reason=row.locked_reason,
        vifs=document.load(row.network_info, list[Vif]) or [],
        trusted_image_certificates=document.load(row.trusted_certs, list[str] | None),  # type: ignore[arg-type]
        scheduler_hints=document.load(row.hints, dict[str, Any]) or {},
    )


def _pairs(conn: Connection, uuids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for uuid, key, value in conn.execute(_PAIRS, {"these": uuids}):
        found[uuid][key] = value
    return found


def _tags(conn: Connection, uuids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for uuid, tag in conn.execute(_TAGS, {"these": uuids}):
        found[uuid].append(tag)
    return found


def _server_groups(conn: Connection, uuids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for uuid, group in conn.execute(_IN_GROUPS, {"these": uuids}):
        found[uuid].append(group)
    return found


def _faults(conn: Connection, uuids: list[str]) -> dict[str, Fault]:
    """The newest fault of each."""
    if not uuids:
        return {}
    table = instance_faults
    newest = select(func.max(table.c.id)).where(table.c.instance_uuid.in_(uuids)).group_by(table.c.instance_uuid)
    return {
        row.instance_uuid: Fault(
            code=row.code, message=row.message or "", details=row.details or "", created=row.created_at
        )
        for row in conn.execute(select(table).where(table.c.id.in_(newest)))
    }


def _host_states(conn: Connection, hosts: set[str], down_after: float) -> dict[str, str]:
    """UP, DOWN or MAINTENANCE of the compute hosts."""
    if not hosts:
        return {}
    found = {}
    for row in conn.execute(_HOSTS, {"these": sorted(hosts)}):
        silent = row.last_seen_up is None or (row.at - row.last_seen_up).total_seconds() > down_after
        if row.disabled and not row.forced_down and not silent:
            found[row.host] = "MAINTENANCE"
        else:
            found[row.host] = "DOWN" if row.forced_down or row.stopped or silent else "UP"
    return found
