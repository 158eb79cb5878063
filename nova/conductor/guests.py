"""Guests as hosts must make them, put together from the rows of servers in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from oslo_config import cfg
from sqlalchemy import Connection, Row, select

from nova.base.context import RequestContext
from nova.conductor import security_rules
from nova.conductor.db import document
from nova.conductor.db.tables import block_device_mapping, clock, instance_metadata, instances
from nova.contracts.errors import ServerNotFound
from nova.contracts.flavor import Flavor
from nova.contracts.guest import BlockDevice, Guest, GuestRef, InjectedFile
from nova.contracts.image import BootImages
from nova.contracts.naming import guest_name
from nova.contracts.network import Vif


def for_boot(conn: Connection, conf: cfg.ConfigOpts, server: str, context: RequestContext) -> Guest:
    """One guest, with what only its first boot may know. ServerNotFound."""
    row = conn.execute(select(instances, clock().label("read_at")).where(instances.c.uuid == server)).first()
    if row is None:
        raise ServerNotFound(id=server)
    guest = of_rows(conn, conf, [row], context=context)[0]
    return msgspec.structs.replace(guest, told_at=row.read_at.timestamp())


def ref(conn: Connection, conf: cfg.ConfigOpts, server: str) -> GuestRef:
    """Which guest is meant. ServerNotFound."""
    query = select(instances.c.id, instances.c.network_info, clock().label("read_at"))
    row = conn.execute(query.where(instances.c.uuid == server)).first()
    if row is None:
        raise ServerNotFound(id=server)
    return GuestRef(
        uuid=server,
        number=row.id,
        name=guest_name(conf, row.id),
        vifs=document.load(row.network_info, list[Vif]) or [],
        told_at=row.read_at.timestamp(),
    )


def of_rows(
    conn: Connection, conf: cfg.ConfigOpts, rows: Sequence[Row[Any]], context: RequestContext | None = None
) -> list[Guest]:
    """Guests of these rows of `instances`, in their order; a fixed number of queries however many they are.

    With `context`, that of the request that boots them, the names of its user and project are told too.
    """
    uuids = [row.uuid for row in rows]
    if not uuids:
        return []
    devices = _devices(conn, uuids)
    meta = _metadata(conn, uuids)
    rules = security_rules.rules_of(conn, uuids)
    groups = security_rules.group_names(conn, uuids)
    bare = [_guest(conf, row, context) for row in rows]
    return [
        msgspec.structs.replace(
            guest,
            block_devices=devices[guest.uuid],
            meta=meta[guest.uuid],
            rules=rules[guest.uuid],
            security_groups=groups[guest.uuid],
        )
        for guest in bare
    ]


def _guest(conf: cfg.ConfigOpts, row: Row[Any], context: RequestContext | None) -> Guest:
    """What the row alone says."""
    secrets = document.load(row.secrets, dict[str, Any]) or {}
    flavor = document.load(row.flavor, Flavor)
    assert flavor is not None
    images = document.load(row.image, BootImages) or BootImages()
    return Guest(
        uuid=row.uuid,
        number=row.id,
        name=guest_name(conf, row.id),
        hostname=row.hostname,
        display_name=row.display_name,
        project_id=row.project_id,
        user_id=row.user_id,
        project_name=context.project_name if context else None,
        user_name=context.user_name if context else None,
        flavor=flavor,
        image=images.image,
        kernel=images.kernel,
        ramdisk=images.ramdisk,
        vifs=document.load(row.network_info, list[Vif]) or [],
        config_drive=row.config_drive,
        keys={row.key_name: row.key_data} if row.key_data else {},
        user_data=row.user_data,
        files=[InjectedFile(**each) for each in secrets.get("files", [])],
        admin_password=secrets.get("admin_password"),
        availability_zone=row.availability_zone,
        launch_index=row.launch_index,
        reservation_id=row.reservation_id,
        created_at=row.created_at.isoformat(),
    )


def _devices(conn: Connection, uuids: list[str]) -> dict[str, list[BlockDevice]]:
    found: dict[str, list[BlockDevice]] = defaultdict(list)
    table = block_device_mapping
    for row in conn.execute(select(table).where(table.c.instance_uuid.in_(uuids)).order_by(table.c.id)):
        found[row.instance_uuid].append(
            BlockDevice(
                id=row.uuid,
                source=row.source_type,
                destination=row.destination_type,
                boot_index=row.boot_index,
                device_name=row.device_name,
                device_type=row.device_type,
                disk_bus=row.disk_bus,
                guest_format=row.guest_format,
                size_gb=0 if row.guest_format == "swap" else row.volume_size or 0,
                swap_mb=row.volume_size or 0 if row.guest_format == "swap" else 0,
                image_id=row.image_id,
                volume_id=row.volume_id,
                delete_on_termination=row.delete_on_termination,
                tag=row.tag,
            )
        )
    return found


def _metadata(conn: Connection, uuids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    table = instance_metadata
    for row in conn.execute(select(table).where(table.c.instance_uuid.in_(uuids))):
        found[row.instance_uuid][row.key] = row.value
    return found
