"""Buses of guests' disks and names on them, said once for the records, the guests' metadata and the hypervisors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nova.contracts.errors import StepFailed
from nova.contracts.guest import BlockDevice
from nova.contracts.image import Image, property_of

PREFIXES = {"virtio": "vd", "ide": "hd", "scsi": "sd", "sata": "sd", "usb": "sd"}
MOST_ON_BUS = {"ide": 4}


def default_bus(image: Image | None) -> str:
    """The bus that the image asks for, else virtio. StepFailed for one that is not offered."""
    bus = property_of(image, "hw_disk_bus") or "virtio"
    if bus not in PREFIXES:
        raise StepFailed(reason=f"The image's hw_disk_bus {bus} is not offered here; use one of {', '.join(PREFIXES)}.")
    return bus


def cdrom_bus(image: Image | None) -> str:
    """The bus of CD-ROMs that the image asks for, else the one that its machine type has. StepFailed."""
    q35 = "q35" in (property_of(image, "hw_machine_type") or "")
    bus = property_of(image, "hw_cdrom_bus") or ("sata" if q35 else "ide")
    if bus not in PREFIXES or bus == "virtio":
        raise StepFailed(reason=f"A CD-ROM cannot be on the bus {bus}; use ide, sata, scsi or usb.")
    return bus


def names_on(bus: str) -> Iterator[str]:
    """Every name on the bus, in order (vda, vdb). StepFailed for one that is not offered."""
    if bus not in PREFIXES:
        raise StepFailed(reason=f"The disk bus {bus} is not offered here; use one of {', '.join(PREFIXES)}.")
    return (PREFIXES[bus] + chr(ord("a") + index) for index in range(MOST_ON_BUS.get(bus, 26)))


def choose(bus: str, wanted: str | None, taken: Sequence[str] = ()) -> str:
    """The name that was wanted (vda, /dev/vda) where it is on the bus and free, else the first that is. StepFailed."""
    name = (wanted or "").removeprefix("/dev/")
    free = [one for one in names_on(bus) if one not in taken]
    if not free:
        raise StepFailed(reason=f"There are too many disks for the bus {bus}.")
    return name if name in free else free[0]


def root_disk(devices: Sequence[BlockDevice]) -> BlockDevice:
    """The disk to boot from; without one that says so, the image's."""
    asked = next((one for one in devices if one.boot_index == 0), None)
    return asked or BlockDevice(id="root", source="image", boot_index=0)


def root_kind(image: Image | None, root: BlockDevice) -> str:
    """What the root disk is to the guest: disk or cdrom. StepFailed."""
    kind = root.device_type or ("cdrom" if image and image.disk_format == "iso" else "disk")
    if kind not in ("disk", "cdrom"):
        raise StepFailed(reason=f"A root disk cannot be a {kind} here; use disk or cdrom.")
    return kind


def root_bus(image: Image | None, root: BlockDevice) -> str:
    """Where the root disk is attached. StepFailed."""
    return root.disk_bus or (cdrom_bus(image) if root_kind(image, root) == "cdrom" else default_bus(image))


def root_device(image: Image | None, devices: Sequence[BlockDevice]) -> str | None:
    """The root disk's name in the guest (/dev/vda); None when no host can give it such a disk."""
    root = root_disk(devices)
    try:
        return f"/dev/{choose(root_bus(image, root), root.device_name)}"
    except StepFailed:
        return None
