"""POST /servers: everything is checked and written in one transaction, the boot tasks with it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from oslo_config import cfg
from sqlalchemy import Connection, insert, select

from nova.base.context import RequestContext
from nova.conductor import addresses, flavors, outcome, quotas
from nova.conductor.db import document
from nova.conductor.db.tables import (
    block_device_mapping,
    client_tokens,
    instance_metadata,
    instances,
    security_group_instance_association,
    tags,
)
from nova.conductor.servers import checks, names
from nova.conductor.tasks import journal
from nova.conductor.tasks.boot import PLAN
from nova.conductor.tasks.journal import Holder
from nova.contracts import disk_names
from nova.contracts.errors import BadRequest, Conflict, NotFound
from nova.contracts.flavor import Flavor
from nova.contracts.guest import BlockDevice
from nova.contracts.image import BootImages
from nova.contracts.server import CreatedServers, ServerRequest
from nova.contracts.states import PowerState, TaskState, VmState

MOST_AT_ONCE = 500
"""Servers of one request: all are written in one transaction, which others wait for."""


@dataclass(frozen=True)
class Wish:
    """A request with what was looked up for it."""

    request: ServerRequest
    flavor: Flavor
    key: tuple[str, str] | None
    groups: list[int]
    config_drive: bool
    uuids: list[str]
    names: list[str]
    hostnames: list[str]
    reservation: str


def create(
    conn: Connection, conf: cfg.ConfigOpts, context: RequestContext, request: ServerRequest, holder: Holder
) -> tuple[CreatedServers, list[str]]:
    """The answer, and the tasks that `holder` has to run once this is committed."""
    earlier = _earlier_answer(conn, context, request)
    if earlier is not None:
        return earlier, []
    wish = _look_up(conn, conf, context, request)
    _write_servers(conn, context, wish)
    _write_children(conn, context, wish)
    outcome.asked(conn, context, wish.uuids, PLAN.kind)
    rows = _write_tasks(conn, context, wish, holder)
    answer = CreatedServers(reservation_id=wish.reservation, servers=wish.uuids, admin_password=request.admin_password)
    _keep_answer(conn, context, request, answer)
    return answer, [row["id"] for row in rows]


def _look_up(conn: Connection, conf: cfg.ConfigOpts, context: RequestContext, request: ServerRequest) -> Wish:
    if request.min_count > MOST_AT_ONCE:
        raise BadRequest(reason=f"min_count must not be more than {MOST_AT_ONCE}: ask in several requests.")
    try:
        flavor = flavors.get(conn, context, request.flavorid)
    except NotFound as error:
        raise BadRequest(reason=f"Flavor {request.flavorid} could not be found.") from error
    checks.image_fits(request.image, flavor, zero_disk=request.zero_disk)
    checks.disks_fit(request, flavor)
    checks.zone(conn, conf, request)
    key = checks.key_of(conn, context, request.key_name)
    addresses.check(conn, context, request.networks)
    most = min(request.max_count, MOST_AT_ONCE)
    needs = {"instances": 1, "cores": flavor.vcpus, "ram": flavor.memory_mb}
    count, limits = quotas.fit(conn, conf, context, needs, request.min_count, most)
    checks.within_limits(request, limits)
    groups = checks.security_groups(conn, context, request.security_groups)
    uuids = [str(uuid.uuid4()) for _ in range(count)]
    display = names.display_names(request.name, count if request.max_count > 1 else 1)
    return Wish(
        request=request,
        flavor=flavor,
        key=key,
        groups=groups,
        config_drive=request.config_drive or conf.force_config_drive or _insists_on_config_drive(request),
        uuids=uuids,
        names=display,
        hostnames=names.hostnames(request.hostname, display, uuids),
        reservation=f"r-{uuid.uuid4().hex[:8]}",
    )


def _write_servers(conn: Connection, context: RequestContext, wish: Wish) -> None:
    request, flavor = wish.request, wish.flavor
    images = BootImages(image=request.image, kernel=request.kernel, ramdisk=request.ramdisk)
    secrets = {"admin_password": request.admin_password, "files": request.files}
    same = {
        "project_id": context.project_id,
        "user_id": context.user_id,
        "display_description": request.description,
        "reservation_id": wish.reservation,
        "vm_state": VmState.BUILDING.value,
        "task_state": TaskState.SCHEDULING.value,
        "power_state": int(PowerState.NOSTATE),
        "availability_zone": request.availability_zone,
        "pinned_availability_zone": request.availability_zone,
        "instance_type_id": flavor.id,
        "memory_mb": flavor.memory_mb,
        "vcpus": flavor.vcpus,
        "root_gb": flavor.root_gb,
        "ephemeral_gb": flavor.ephemeral_gb,
        "flavor": document.dump(flavor),
        "image_ref": request.image.id if request.image else None,
        "kernel_id": request.kernel.id if request.kernel else None,
        "ramdisk_id": request.ramdisk.id if request.ramdisk else None,
        "image": document.dump(images),
        "key_name": wish.key[0] if wish.key else None,
        "key_data": wish.key[1] if wish.key else None,
        "user_data": request.user_data,
        "config_drive": wish.config_drive,
        "root_device_name": disk_names.root_device(request.image, request.block_devices),
        "access_ip_v4": request.access_ip_v4,
        "access_ip_v6": request.access_ip_v6,
        "auto_disk_config": request.disk_config == "AUTO",
        "network_info": "[]",
        "hints": document.dump(request.hints),
        "trusted_certs": document.dump(request.trusted_image_certificates),
        "secrets": document.dump(secrets),
    }
    each = zip(wish.uuids, wish.names, wish.hostnames, strict=True)
    rows = [
        {**same, "uuid": uuid_, "display_name": name, "hostname": hostname, "launch_index": index}
        for index, (uuid_, name, hostname) in enumerate(each)
    ]
    conn.execute(insert(instances), rows)


def _write_children(conn: Connection, context: RequestContext, wish: Wish) -> None:
    request = wish.request
    devices = request.block_devices or _root_disk(request)
    _insert(conn, block_device_mapping, [_device_row(server, each) for server in wish.uuids for each in devices])
    _insert(
        conn,
        instance_metadata,
        [
            {"instance_uuid": server, "key": key, "value": value}
            for server in wish.uuids
            for key, value in request.metadata.items()
        ],
    )
    _insert(conn, tags, [{"resource_id": server, "tag": tag} for server in wish.uuids for tag in request.tags])
    _insert(
        conn,
        security_group_instance_association,
        [{"instance_uuid": server, "security_group_id": group} for server in wish.uuids for group in wish.groups],
    )
    group = request.hints.get("group")
    if group is not None:
        checks.join_group(conn, context, str(group), wish.uuids)


def _write_tasks(conn: Connection, context: RequestContext, wish: Wish, holder: Holder) -> list[dict[str, Any]]:
    request = wish.request
    arguments: dict[str, Any] = {"networks": request.networks}
    for name in ("forced_host", "forced_node", "requested_host", "requested_node"):
        if getattr(request, name) is not None:
            arguments[name] = getattr(request, name)
    rows = [
        journal.new_task(
            kind=PLAN.kind,
            first_step=PLAN.steps[0].name,
            server=server,
            context=context,
            arguments=arguments,
            holder=holder,
        )
        for server in wish.uuids
    ]
    journal.add(conn, rows)
    return rows


def _earlier_answer(conn: Connection, context: RequestContext, request: ServerRequest) -> CreatedServers | None:
    if request.client_token is None:
        return None
    # Of two equal requests at once, the second waits here and then finds the answer of the first.
    quotas.lock(conn, str(context.project_id))
    mine = (client_tokens.c.project_id == context.project_id, client_tokens.c.token == request.client_token)
    row = conn.execute(select(client_tokens.c.digest, client_tokens.c.answer).where(*mine)).first()
    if row is None:
        return None
    if row.digest != request.client_digest:
        raise Conflict(reason="X-Client-Token was used before with another body. Use a new token for a new request.")
    answer = document.load(row.answer, CreatedServers)
    assert answer is not None
    return CreatedServers(reservation_id=answer.reservation_id, servers=answer.servers, again=True)


def _keep_answer(conn: Connection, context: RequestContext, request: ServerRequest, answer: CreatedServers) -> None:
    """Remember the answer, without the password."""
    if request.client_token is not None:
        plain = CreatedServers(reservation_id=answer.reservation_id, servers=answer.servers)
        conn.execute(
            insert(client_tokens).values(
                project_id=context.project_id,
                token=request.client_token,
                digest=request.client_digest,
                answer=document.dump(plain),
            )
        )


def _insists_on_config_drive(request: ServerRequest) -> bool:
    return request.image is not None and request.image.properties.get("img_config_drive") == "mandatory"


def _root_disk(request: ServerRequest) -> list[BlockDevice]:
    if request.image is None:
        return []
    kind = "cdrom" if request.image.disk_format == "iso" else "disk"
    return [BlockDevice(id="", source="image", boot_index=0, device_type=kind, image_id=request.image.id)]


def _device_row(server: str, device: BlockDevice) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid4()),
        "instance_uuid": server,
        "source_type": device.source,
        "destination_type": device.destination,
        "guest_format": device.guest_format,
        "device_type": device.device_type,
        "disk_bus": device.disk_bus,
        "boot_index": device.boot_index,
        "device_name": device.device_name,
        "delete_on_termination": device.delete_on_termination,
        "volume_id": device.volume_id,
        "volume_size": device.size_gb or device.swap_mb or None,
        "image_id": device.image_id,
        "tag": device.tag,
    }


def _insert(conn: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(insert(table), rows)
