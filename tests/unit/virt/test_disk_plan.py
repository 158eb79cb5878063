"""Which disks a guest gets, and how they are named."""

from __future__ import annotations

import pytest

from nova.contracts.errors import NotImplementedHere, StepFailed
from nova.contracts.guest import BlockDevice
from nova.virt.disk_plan import GIB, MIB, planned_disks
from tests.guests import make_flavor, make_guest, make_image


def names(**facts: object) -> list[tuple[str, str, str]]:
    return [(disk.role, disk.bus, disk.target) for disk in planned_disks(make_guest(**facts))]


def test_the_flavor_alone_gives_root_ephemeral_and_swap() -> None:
    guest = make_guest(flavor=make_flavor(root_gb=2, ephemeral_gb=3, swap=64), config_drive=True)
    disks = planned_disks(guest)
    assert [(disk.file, disk.target, disk.size) for disk in disks] == [
        ("disk", "vda", 2 * GIB),
        ("disk.eph0", "vdb", 3 * GIB),
        ("disk.swap", "vdc", 64 * MIB),
        ("disk.config", "hdd", 0),
    ]
    assert disks[-1].device == "cdrom"


def test_a_flavor_without_a_root_size_leaves_it_to_the_image() -> None:
    assert planned_disks(make_guest(flavor=make_flavor(root_gb=0)))[0].size == 0


def test_block_devices_say_sizes_file_systems_and_names() -> None:
    devices = [
        BlockDevice(id="1", source="image", boot_index=0, size_gb=5, device_name="/dev/vda"),
        BlockDevice(id="2", source="blank", boot_index=-1, size_gb=1, guest_format="ext3", device_name="/dev/vdd"),
        BlockDevice(id="3", source="blank", boot_index=-1, guest_format="swap", device_name="/dev/sdq"),
    ]
    disks = planned_disks(make_guest(block_devices=devices, flavor=make_flavor(swap=32)))
    assert [(disk.target, disk.size, disk.filesystem) for disk in disks] == [
        ("vda", 5 * GIB, None),
        ("vdd", 1 * GIB, "ext3"),
        ("vdb", 32 * MIB, "swap"),
    ]


def test_a_swap_disk_is_as_large_as_was_said() -> None:
    devices = [BlockDevice(id="1", source="blank", guest_format="swap", swap_mb=16)]
    disks = planned_disks(make_guest(block_devices=devices, flavor=make_flavor(swap=32)))
    assert [disk.size for disk in disks if disk.role == "swap"] == [16 * MIB]


def test_the_image_chooses_the_bus() -> None:
    assert names(image=make_image(hw_disk_bus="scsi")) == [("root", "scsi", "sda")]
    assert names(image=make_image(hw_disk_bus="ide"), config_drive=True) == [
        ("root", "ide", "hda"),
        ("config", "ide", "hdd"),
    ]


def test_an_iso_image_is_a_cd_that_the_guest_boots_from() -> None:
    root, config = planned_disks(make_guest(image=make_image(disk_format="iso"), config_drive=True))
    assert (root.role, root.device, root.bus, root.target) == ("root", "cdrom", "ide", "hda")
    assert (config.device, config.target) == ("cdrom", "hdd")
    wanted = BlockDevice(id="1", source="image", boot_index=0, device_type="cdrom", disk_bus="sata")
    root = planned_disks(make_guest(block_devices=[wanted]))[0]
    assert (root.device, root.bus, root.target) == ("cdrom", "sata", "sda")
    with pytest.raises(StepFailed, match="floppy"):
        planned_disks(
            make_guest(block_devices=[BlockDevice(id="1", source="image", boot_index=0, device_type="floppy")])
        )


def test_a_vfat_config_drive_is_a_disk_behind_all_others() -> None:
    disk = planned_disks(make_guest(config_drive=True), "vfat")[-1]
    assert (disk.device, disk.bus, disk.target) == ("disk", "virtio", "vdz")


@pytest.mark.parametrize(
    "facts",
    [
        {"image": make_image(hw_disk_bus="xen")},
        {"image": make_image(hw_cdrom_bus="virtio"), "config_drive": True},
        {"block_devices": [BlockDevice(id="1", source="image", boot_index=0, disk_bus="fdc")]},
    ],
)
def test_a_bus_that_is_not_offered_is_refused_with_those_that_are(facts: dict[str, object]) -> None:
    with pytest.raises(StepFailed, match="use"):
        planned_disks(make_guest(**facts))


def test_more_disks_than_the_bus_has_places_are_refused() -> None:
    devices = [BlockDevice(id=str(number), source="blank", size_gb=1, disk_bus="ide") for number in range(5)]
    with pytest.raises(StepFailed, match="too many disks"):
        planned_disks(make_guest(block_devices=devices))


def test_volumes_are_not_offered() -> None:
    with pytest.raises(NotImplementedHere, match="volumes"):
        planned_disks(make_guest(block_devices=[BlockDevice(id="1", source="volume", destination="volume")]))
