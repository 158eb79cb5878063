"""Guests' disks as the programs really write them."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nova.contracts.errors import ImageUnusable, StepFailed
from nova.contracts.guest import BlockDevice
from nova.contracts.image import Image
from nova.virt.libvirt.disks import Disks
from tests.guests import UUID, make_conf, make_flavor, make_guest, make_image, ref_of
from tests.images import qcow2

MIB = 1024**2
GIB = 1024**3
PATTERN = b"a root disk" * 1000


class Place:
    """A folder of guests, with a cache that holds one image."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.instances = folder / "instances"
        self.cached = folder / "cache" / "image"
        self.cached.parent.mkdir()
        self.disks = Disks(make_conf(instances_path=str(self.instances), **options))

    def fetch(self, image: Image) -> Path:
        return self.cached

    def raw_image(self, size: int = 8 * MIB) -> None:
        self.cached.write_bytes(PATTERN)
        with self.cached.open("r+b") as file:
            file.truncate(size)

    def qcow2_image(self, size: int = 8 * MIB) -> None:
        raw = self.cached.with_name("plain")
        raw.write_bytes(PATTERN)
        subprocess.run(["truncate", "-s", str(size), str(raw)], check=True)
        convert = ["qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", str(raw), str(self.cached)]
        subprocess.run(convert, check=True)
        raw.unlink()

    def ext_image(self, size: int = 8 * MIB) -> None:
        subprocess.run(["truncate", "-s", str(size), str(self.cached)], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-L", "guestroot", str(self.cached)], check=True)

    def facts(self, name: str) -> dict[str, Any]:
        command = ["qemu-img", "info", "--output=json", str(self.instances / UUID / name)]
        facts: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return facts

    def files(self) -> list[str]:
        """Names in the guest's folder, without the note on their format."""
        return sorted(path.name for path in (self.instances / UUID).iterdir() if path.name != "disk.info")

    def begins_with(self, name: str) -> bytes:
        command = [
            "qemu-img",
            "dd",
            "-O",
            "raw",
            f"if={self.instances / UUID / name}",
            "of=out.raw",
            "bs=64k",
            "count=1",
        ]
        subprocess.run(command, check=True, cwd=self.instances)
        return (self.instances / "out.raw").read_bytes()


def blocks(path: Path) -> int:
    text = subprocess.run(["dumpe2fs", "-h", str(path)], check=True, capture_output=True, text=True).stdout
    facts = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return int(facts["Block count"]) * int(facts["Block size"])


def test_an_overlay_of_a_flattened_base_with_the_flavors_size(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.qcow2_image()
    place.disks.write(make_guest(image=make_image("image", "qcow2")), place.fetch)
    facts = place.facts("disk")
    assert (facts["format"], facts["virtual-size"]) == ("qcow2", GIB)
    assert facts["backing-filename"] == str(place.cached) + ".raw" and facts["backing-filename-format"] == "raw"
    assert place.begins_with("disk").startswith(PATTERN)
    assert sorted(one.name for one in place.cached.parent.iterdir() if one.is_file()) == ["image", "image.raw"]


def test_an_overlay_of_a_qcow2_base_where_that_is_wanted(tmp_path: Path) -> None:
    place = Place(tmp_path, force_raw_images=False)
    place.qcow2_image()
    place.disks.write(make_guest(image=make_image("image", "qcow2"), flavor=make_flavor(root_gb=0)), place.fetch)
    facts = place.facts("disk")
    assert (facts["backing-filename"], facts["backing-filename-format"]) == (str(place.cached), "qcow2")
    assert facts["virtual-size"] == 8 * MIB


@pytest.mark.parametrize("keep_raw", [True, False])
def test_a_raw_disk_is_a_copy_of_its_own(tmp_path: Path, keep_raw: bool) -> None:
    place = Place(tmp_path, use_cow_images=False, force_raw_images=keep_raw)
    place.qcow2_image()
    place.disks.write(make_guest(image=make_image("image", "qcow2")), place.fetch)
    facts = place.facts("disk")
    assert (facts["format"], facts["virtual-size"]) == ("raw", GIB)
    assert "backing-filename" not in facts and facts["actual-size"] < GIB / 10
    assert place.begins_with("disk").startswith(PATTERN)


def test_a_raw_disk_may_take_its_room_at_once(tmp_path: Path) -> None:
    place = Place(tmp_path, libvirt__images_type="raw", preallocate_images="space")
    place.raw_image()
    place.disks.write(make_guest(flavor=make_flavor(root_gb=0)), place.fetch)
    assert (place.instances / UUID / "disk").stat().st_blocks * 512 >= 8 * MIB


@pytest.mark.parametrize("cow", [True, False])
def test_a_bare_ext_file_system_grows_with_its_disk(tmp_path: Path, cow: bool) -> None:
    place = Place(tmp_path, use_cow_images=cow)
    place.ext_image()
    place.disks.write(make_guest(image=make_image("image", "ami")), place.fetch)
    grown = Path(place.facts("disk")["backing-filename"]) if cow else place.instances / UUID / "disk"
    assert blocks(grown) == GIB
    assert blocks(place.cached) == 8 * MIB
    subprocess.run(["e2fsck", "-f", "-n", str(grown)], check=True, capture_output=True)


@pytest.mark.parametrize("cow", [True, False])
def test_a_file_system_that_is_damaged_is_the_images_fault(tmp_path: Path, cow: bool) -> None:
    place = Place(tmp_path, use_cow_images=cow)
    place.ext_image()
    with place.cached.open("r+b") as file:
        file.seek(1024)
        file.write(b"\xff" * 56)
    with pytest.raises(ImageUnusable, match="file system of the image is damaged"):
        place.disks.write(make_guest(image=make_image("image", "ami")), place.fetch)
    assert place.files() == []
    assert [one.name for one in place.cached.parent.iterdir() if one.is_file()] == ["image"]


@pytest.mark.parametrize(("cow", "kind"), [(True, "qcow2"), (False, "raw")])
def test_ephemeral_and_swap_disks_are_formatted(tmp_path: Path, cow: bool, kind: str) -> None:
    place = Place(tmp_path, use_cow_images=cow)
    place.raw_image()
    place.disks.write(make_guest(flavor=make_flavor(ephemeral_gb=1, swap=16)), place.fetch)
    assert place.files() == ["disk", "disk.eph0", "disk.swap"]
    assert (place.facts("disk.eph0")["format"], place.facts("disk.eph0")["virtual-size"]) == (kind, GIB)
    assert place.facts("disk.swap")["virtual-size"] == 16 * MIB
    assert place.begins_with("disk.eph0")[1080:1082] == b"\x53\xef"
    assert b"ephemeral0" in place.begins_with("disk.eph0")[1024:2048]
    assert place.begins_with("disk.swap")[4086:4096] == b"SWAPSPACE2"


def test_an_unknown_file_system_is_refused_and_leaves_no_half_file(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.raw_image()
    blank = BlockDevice(id="1", source="blank", size_gb=1, guest_format="zfs")
    with pytest.raises(StepFailed, match="zfs"):
        place.disks.write(make_guest(block_devices=[blank]), place.fetch)
    assert place.files() == ["disk"]


def test_what_is_written_stays_when_asked_again(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.raw_image()
    guest = make_guest(config_drive=True, flavor=make_flavor(root_gb=0))
    place.disks.write(guest, place.fetch)
    before = {name: (place.instances / UUID / name).stat().st_mtime_ns for name in place.files()}
    place.disks.write(guest, place.fetch)
    assert {name: (place.instances / UUID / name).stat().st_mtime_ns for name in place.files()} == before


def vhd_that_lies(path: Path, size: int) -> None:
    """A dynamic VHD of 64 MiB, full of ones, whose footer claims `size` beside a geometry of 64 MiB."""
    raw = path.with_name("ones")
    raw.write_bytes(b"\1" * 64 * MIB)
    convert = ["qemu-img", "convert", "-f", "raw", "-O", "vpc", str(raw), str(path)]
    subprocess.run(convert, check=True)
    raw.unlink()
    content = bytearray(path.read_bytes())
    for footer in (0, len(content) - 512):
        content[footer + 48 : footer + 56] = struct.pack(">Q", size)
        content[footer + 64 : footer + 68] = bytes(4)
        content[footer + 64 : footer + 68] = struct.pack(">I", ~sum(content[footer : footer + 512]) & 0xFFFFFFFF)
    path.write_bytes(content)


def test_an_image_that_grows_beyond_what_it_claims_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    vhd_that_lies(place.cached, 1 * MIB)
    with pytest.raises(StepFailed):
        place.disks.write(make_guest(image=make_image("image", "vhd")), place.fetch)
    assert place.files() == []
    assert [one.name for one in place.cached.parent.iterdir() if one.is_file()] == ["image"]


def test_nobody_else_on_the_host_reads_a_guests_disks(tmp_path: Path) -> None:
    for cow in (True, False):
        folder = tmp_path / str(cow)
        folder.mkdir()
        place = Place(folder, use_cow_images=cow)
        place.raw_image()
        place.disks.write(make_guest(config_drive=True, flavor=make_flavor(ephemeral_gb=1, swap=16)), place.fetch)
        modes = {name: (place.instances / UUID / name).stat().st_mode & 0o777 for name in place.files()}
        assert {mode for name, mode in modes.items()} == {0o600}, modes


def test_a_guests_disks_keep_their_format_whatever_the_options_say_later(tmp_path: Path) -> None:
    place = Place(tmp_path, use_cow_images=False)
    place.raw_image()
    small = make_flavor(root_gb=0)
    place.disks.write(make_guest(flavor=small), place.fetch)
    # What a guest may write into its own disk: the header of an image over another file.
    with (place.instances / UUID / "disk").open("r+b") as disk:
        disk.write(qcow2(size=1 << 60, backing_at=200, backing_length=11).ljust(200, b"\0") + b"/etc/shadow")
    later = Disks(make_conf(instances_path=str(place.instances), use_cow_images=True))
    assert later.format_of(UUID) == "raw"
    assert 0 <= later.yet_to_grow() <= 8 * MIB
    later.write(make_guest(flavor=make_flavor(root_gb=0, swap=16)), place.fetch)
    assert place.facts("disk.swap")["format"] == "raw"
    assert later.format_of("22222222-2222-4333-8444-555555555555") == "qcow2"


def test_disks_may_yet_grow_to_their_size(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.raw_image()
    place.disks.write(make_guest(config_drive=True), place.fetch)
    assert GIB - MIB < place.disks.yet_to_grow() <= GIB


def test_what_a_killed_process_left_of_a_config_drive_goes_with_the_next_try(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.raw_image()
    left = place.instances / UUID / "disk.config.part.files"
    left.mkdir(parents=True)
    (left / "secret").write_text("s3cret")
    place.disks.write(make_guest(config_drive=True), place.fetch)
    assert place.files() == ["disk", "disk.config"]


def test_a_disk_is_no_kernel(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.qcow2_image()
    with pytest.raises(ImageUnusable, match="aki"):
        place.disks.write(make_guest(kernel=make_image("image", "aki")), place.fetch)
    assert place.files() == []


def test_removal_goes_on_where_an_earlier_one_stopped(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.raw_image()
    place.disks.write(make_guest(), place.fetch)
    folder = place.instances / UUID
    shutil.copytree(folder, folder.with_name(f"{UUID}_del"))
    (place.instances / "locks").mkdir()
    assert place.disks.owners() == {UUID: str(folder)}
    shutil.rmtree(folder)
    assert place.disks.owners() == {UUID: f"{folder}_del"}
    place.disks.remove(ref_of(make_guest()).uuid)
    assert place.disks.owners() == {}


def test_a_name_that_is_no_uuid_never_becomes_a_path(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for name in ("../../etc", "", UUID + "/..", UUID.upper() + "x"):
        with pytest.raises(ValueError, match="uuid"):
            place.disks.remove(name)
