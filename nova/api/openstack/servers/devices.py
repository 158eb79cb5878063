"""The disks asked for at create: from the image and blank ones. Volumes need a volume service, which is not there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from nova.api.web.call import Call
from nova.api.web.fields import truth
from nova.api.web.schema import bad_field
from nova.contracts.errors import BadRequest
from nova.contracts.guest import BlockDevice
from nova.contracts.image import Image

NO_VOLUMES = "This cloud offers no volumes: use source_type image or blank with destination_type local"


def read(call: Call, server: Mapping[str, Any], image: Image | None) -> list[BlockDevice]:
    """The wished disks; none when the body names none, and the conductor makes the usual ones."""
    old, new = server.get("block_device_mapping"), server.get("block_device_mapping_v2")
    if old and new:
        raise BadRequest(reason="Using different block_device_mapping syntaxes is not allowed in the same request.")
    if old and any("no_device" not in device or device["no_device"] is None for device in old):
        raise _bad("block_device_mapping", NO_VOLUMES)
    wanted = [_device(i, d, image) for i, d in enumerate(new or []) if d.get("no_device") is None]
    roots = [device for device in wanted if device.boot_index == 0]
    if len(roots) > 1:
        raise _bad("block_device_mapping_v2", "Boot sequence for the instance and image/block device is not valid")
    if image is None:
        raise _bad("imageRef", f"No image is given to boot from. {NO_VOLUMES}")
    return wanted


def _device(position: int, given: Mapping[str, Any], image: Image | None) -> BlockDevice:
    where = f"block_device_mapping_v2[{position}]"
    source = given.get("source_type", "volume" if given.get("volume_id") else "blank")
    if source in ("volume", "snapshot") or given.get("destination_type") == "volume" or given.get("volume_type"):
        raise _bad(where, NO_VOLUMES)
    index = _boot_index(given)
    if source == "image":
        named = given.get("uuid") or given.get("image_id")
        if image is None or named != image.id or index != 0:
            raise _bad(where, "Mapping image to local is not supported, except for imageRef's own with boot_index 0")
    elif index is not None and index >= 0:
        raise _bad(f"{where}.boot_index", "A blank disk cannot be booted from")
    size = int(given.get("volume_size", 0))
    if source == "blank" and size < 1:
        raise _bad(f"{where}.volume_size", "A blank disk needs a size: in GiB, a swap disk's in MiB")
    swap = given.get("guest_format") == "swap"
    return BlockDevice(
        id=str(uuid.uuid4()),
        source=source,
        destination="local",
        boot_index=index,
        device_name=given.get("device_name"),
        device_type=given.get("device_type"),
        disk_bus=given.get("disk_bus"),
        guest_format=given.get("guest_format"),
        size_gb=0 if swap else size,
        swap_mb=size if swap else 0,
        image_id=image.id if source == "image" and image else None,
        delete_on_termination=truth(given.get("delete_on_termination", True)),
        tag=given.get("tag"),
    )


def _boot_index(given: Mapping[str, Any]) -> int | None:
    index = given.get("boot_index")
    return None if index is None else int(index)


def _bad(where: str, why: str, value: Any = None) -> BadRequest:
    return bad_field(f"server.{where}", value, f"Block Device Mapping is Invalid: {why}")
