"""Which disks a guest has, in which order, under which names: decided once, for writing them and for the domain."""

from __future__ import annotations

from dataclasses import dataclass

from nova.contracts import disk_names
from nova.contracts.errors import NotImplementedHere
from nova.contracts.guest import BlockDevice, Guest

GIB = 1024**3
MIB = 1024**2
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
    names = _Names(disk_names.default_bus(guest.image))
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


class _Names:
    """Hands out device names, those asked for when they are free and fit their bus."""

    def __init__(self, default: str) -> None:
        self.default = default
        self.taken: list[str] = []

    def take(self, bus: str | None, wanted: str | None = None) -> tuple[str, str]:
        bus = bus or self.default
        name = disk_names.choose(bus, wanted, self.taken)
        self.taken.append(name)
        return bus, name

    def take_last(self, bus: str) -> str:
        name = next(one for one in reversed(list(disk_names.names_on(bus))) if one not in self.taken)
        self.taken.append(name)
        return name


def _root(guest: Guest, names: _Names) -> PlannedDisk:
    if any(one.destination != "local" for one in guest.block_devices):
        raise NotImplementedHere(reason="This host does not offer volumes.")
    root = disk_names.root_disk(guest.block_devices)
    kind = disk_names.root_kind(guest.image, root)
    bus, target = names.take(disk_names.root_bus(guest.image, root), root.device_name)
    return PlannedDisk("root", "disk", bus, target, (root.size_gb or guest.flavor.root_gb) * GIB, kind)


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
        bus, target = names.default, names.take_last(names.default)
        return PlannedDisk("config", CONFIG_DRIVE_FILE, bus, target, 0, "disk")
    bus = disk_names.cdrom_bus(guest.image)
    return PlannedDisk("config", CONFIG_DRIVE_FILE, bus, names.take_last(bus), 0, "cdrom")
