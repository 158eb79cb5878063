"""Which disks a guest has, in which order, under which names: decided once, for writing them and for the domain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nova.contracts.errors import NotImplementedHere, StepFailed
from nova.contracts.guest import BlockDevice, Guest

GIB = 1024**3
MIB = 1024**2
PREFIXES = {"virtio": "vd", "ide": "hd", "scsi": "sd", "sata": "sd", "usb": "sd"}
MOST_ON_BUS = {"ide": 4}
CONFIG_DRIVE_FILE = "disk.config"
TRUE = ("true", "yes", "1", "on", "t", "y")
"""How flavors and images say yes, in small letters."""


@dataclass(frozen=True)
class PlannedDisk:
    """A disk to write.

    `role` is root, ephemeral, swap or config; `file` its name in the guest's folder; `target` the name on the bus
    (vda); `size` bytes, 0 for the image's own; `filesystem` what is made in it (None: nothing).
    """

    role: str
    file: str
    bus: str
    target: str
    size: int
    device: str = "disk"
    filesystem: str | None = None
    label: str | None = None


def planned_disks(guest: Guest, config_drive_format: str = "iso9660") -> list[PlannedDisk]:
    """All local disks: root, ephemerals, swap, config drive. StepFailed for what this host cannot give."""
    names = _Names(default_bus(guest))
    disks = [_root(guest, names)]
    ephemerals = [one for one in _blanks(guest) if one.guest_format != "swap"]
    for index, device in enumerate(ephemerals):
        bus, target = names.take(device.disk_bus, device.device_name)
        size = (device.size_gb or guest.flavor.ephemeral_gb) * GIB
        label = f"ephemeral{index}"
        disks.append(
            PlannedDisk("ephemeral", f"disk.eph{index}", bus, target, size, "disk", device.guest_format, label)
        )
    for device in _blanks(guest):
        if device.guest_format == "swap":
            bus, target = names.take(device.disk_bus, device.device_name)
            size = (device.swap_mb or guest.flavor.swap) * MIB
            disks.append(PlannedDisk("swap", "disk.swap", bus, target, size, filesystem="swap"))
    if guest.config_drive:
        disks.append(_config_drive(guest, names, config_drive_format))
    return disks


def default_bus(guest: Guest) -> str:
    """The bus that the image asks for, else virtio. StepFailed for one that is not offered."""
    bus = image_property(guest, "hw_disk_bus") or "virtio"
    if bus not in PREFIXES:
        raise StepFailed(reason=f"The image's hw_disk_bus {bus} is not offered here; use one of {', '.join(PREFIXES)}.")
    return bus


def cdrom_bus(guest: Guest) -> str:
    """The bus of CD-ROMs that the image asks for, else the one that its machine type has. StepFailed."""
    q35 = "q35" in (image_property(guest, "hw_machine_type") or "")
    bus = image_property(guest, "hw_cdrom_bus") or ("sata" if q35 else "ide")
    if bus not in PREFIXES or bus == "virtio":
        raise StepFailed(reason=f"A CD-ROM cannot be on the bus {bus}; use ide, sata, scsi or usb.")
    return bus


def image_property(guest: Guest, name: str) -> str | None:
    """A property of the guest's image; None where it has none."""
    return guest.image.properties.get(name) if guest.image else None


class _Names:
    """Hands out device names, those asked for when they are free and fit their bus."""

    def __init__(self, default: str) -> None:
        self.default = default
        self.taken: set[str] = set()

    def take(self, bus: str | None, wanted: str | None = None) -> tuple[str, str]:
        bus = bus or self.default
        if bus not in PREFIXES:
            raise StepFailed(reason=f"The disk bus {bus} is not offered here; use one of {', '.join(PREFIXES)}.")
        name = (wanted or "").removeprefix("/dev/")
        if not (_fits(name, bus) and name not in self.taken):
            free = (one for one in _all_names(bus) if one not in self.taken)
            found = next(free, None)
            if found is None:
                raise StepFailed(reason=f"There are too many disks for the bus {bus}.")
            name = found
        self.taken.add(name)
        return bus, name

    def take_last(self, bus: str) -> str:
        name = next(one for one in reversed(list(_all_names(bus))) if one not in self.taken)
        self.taken.add(name)
        return name


def _all_names(bus: str) -> Iterator[str]:
    return (PREFIXES[bus] + chr(ord("a") + index) for index in range(MOST_ON_BUS.get(bus, 26)))


def _fits(name: str, bus: str) -> bool:
    return name in _all_names(bus)


def _root(guest: Guest, names: _Names) -> PlannedDisk:
    if any(one.destination != "local" for one in guest.block_devices):
        raise NotImplementedHere(reason="This host does not offer volumes.")
    device = next((one for one in guest.block_devices if one.boot_index == 0), None)
    if device is None:
        device = BlockDevice(id="root", source="image", boot_index=0)
    kind = device.device_type or ("cdrom" if guest.image and guest.image.disk_format == "iso" else "disk")
    if kind not in ("disk", "cdrom"):
        raise StepFailed(reason=f"A root disk cannot be a {kind} here; use disk or cdrom.")
    bus, target = names.take(device.disk_bus or (cdrom_bus(guest) if kind == "cdrom" else None), device.device_name)
    return PlannedDisk("root", "disk", bus, target, (device.size_gb or guest.flavor.root_gb) * GIB, kind)


def _blanks(guest: Guest) -> list[BlockDevice]:
    """The blank disks asked for, and those the flavor gives when none of the kind was asked for."""
    blanks = [one for one in guest.block_devices if one.source == "blank" and one.boot_index != 0]
    swaps = [one for one in blanks if one.guest_format == "swap"]
    ephemerals = [one for one in blanks if one.guest_format != "swap"]
    if guest.flavor.ephemeral_gb and not ephemerals:
        ephemerals = [BlockDevice(id="ephemeral", source="blank", size_gb=guest.flavor.ephemeral_gb)]
    if guest.flavor.swap and not swaps:
        swaps = [BlockDevice(id="swap", source="blank", guest_format="swap")]
    return ephemerals + swaps


def _config_drive(guest: Guest, names: _Names, kind: str) -> PlannedDisk:
    if kind == "vfat":
        bus, target = default_bus(guest), names.take_last(default_bus(guest))
        return PlannedDisk("config", CONFIG_DRIVE_FILE, bus, target, 0, "disk")
    bus = cdrom_bus(guest)
    return PlannedDisk("config", CONFIG_DRIVE_FILE, bus, names.take_last(bus), 0, "cdrom")
