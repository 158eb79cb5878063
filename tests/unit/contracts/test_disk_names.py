"""A root disk's name, as records, metadata and hypervisors all say it."""

from __future__ import annotations

import pytest

from nova.contracts import disk_names, metadata_document
from nova.contracts.guest import BlockDevice
from nova.contracts.image import Image
from nova.virt.disk_plan import planned_disks
from tests.guests import make_guest, make_image


def root(**facts: object) -> BlockDevice:
    return BlockDevice(id="1", source="image", boot_index=0, **facts)


CASES = [
    (make_image(), [], "/dev/vda"),
    (make_image(hw_disk_bus="scsi"), [], "/dev/sda"),
    (make_image(hw_disk_bus="ide"), [], "/dev/hda"),
    (make_image(), [root(disk_bus="sata")], "/dev/sda"),
    (make_image(), [root(device_name="/dev/vdc")], "/dev/vdc"),
    (make_image(), [root(device_name="/dev/sdc")], "/dev/vda"),
    (make_image(), [root(device_type="cdrom")], "/dev/hda"),
    (make_image(hw_machine_type="q35"), [root(device_type="cdrom")], "/dev/sda"),
]


@pytest.mark.parametrize(("image", "devices", "name"), CASES)
def test_records_hypervisors_and_metadata_say_the_same_name(
    image: Image, devices: list[BlockDevice], name: str
) -> None:
    guest = make_guest(image=image, block_devices=devices)
    assert disk_names.root_device(image, devices) == name
    assert planned_disks(guest)[0].target == name.removeprefix("/dev/")
    told = metadata_document.ec2_meta_data(guest, domain="")["block-device-mapping"]
    assert (told["root"], told["ami"]) == (name, name.removeprefix("/dev/"))


@pytest.mark.parametrize(
    ("image", "devices"), [(make_image(hw_disk_bus="floppy"), []), (make_image(), [root(device_type="lun")])]
)
def test_a_disk_that_no_host_can_give_has_no_name(image: Image, devices: list[BlockDevice]) -> None:
    assert disk_names.root_device(image, devices) is None
    guest = make_guest(image=image, block_devices=devices)
    assert metadata_document.ec2_meta_data(guest, domain="")["block-device-mapping"] == {}
