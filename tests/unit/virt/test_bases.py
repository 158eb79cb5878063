"""Hostile images never reach a program."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from nova.contracts.errors import ImageUnusable
from nova.virt.libvirt.bases import Base, Bases, inspected
from tests.guests import make_image

SECRET = b"/etc/shadow"
GIB = 1024**3


def qcow2(
    *, size: int = GIB, backing: bytes = b"", features: int = 0, version: int = 3, cluster_bits: int = 16
) -> bytes:
    """A header of a qcow2 image."""
    backing_at = 512 if backing else 0
    head = b"QFI\xfb" + struct.pack(">IQIIQII", version, backing_at, len(backing), cluster_bits, size, 0, 1)
    head += struct.pack(">QQIIQ", 3 << 16, 1 << 16, 1, 0, 0)
    head += struct.pack(">QQQII", features, 0, 0, 4, 104)
    return head.ljust(512, b"\0") + backing.ljust(65536, b"\0")


@pytest.mark.parametrize(
    ("content", "declared", "complaint"),
    [
        (qcow2(backing=SECRET), "qcow2", "another file"),
        (qcow2(features=4), "qcow2", "another file"),
        (qcow2(features=1 << 40), "qcow2", "features"),
        (qcow2(version=9), "qcow2", "version"),
        (qcow2(cluster_bits=60), "qcow2", "cluster size"),
        (qcow2(), "raw", "declared as raw, but its content is qcow2"),
        (qcow2(backing=SECRET), "raw", "another file"),
        (b"no disk at all", "qcow2", "declared as qcow2, but its content is raw"),
        (b'# Disk DescriptorFile\nRW 1 FLAT "/etc/shadow" 0\n', "vmdk", "another file"),
        (b"QED\0".ljust(4096, b"\0"), "raw", "qed"),
        (b"QFI\xfb\0\0\0\3", "qcow2", "cut short"),
    ],
)
def test_an_image_that_is_unsafe_or_not_what_it_says_is_refused(
    tmp_path: Path, content: bytes, declared: str, complaint: str
) -> None:
    path = tmp_path / "image"
    path.write_bytes(content)
    with pytest.raises(ImageUnusable, match=complaint):
        Bases(keep_raw=True).plain(path, make_image("image", declared), 0)
    assert [one.name for one in tmp_path.iterdir()] == ["image"]


def test_a_disk_larger_than_the_flavors_is_refused_before_anything_is_copied(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(qcow2(size=1 << 62))
    with pytest.raises(ImageUnusable, match="but the flavor's has 2 GiB"):
        Bases(keep_raw=True).plain(path, make_image("image", "qcow2"), 2 * GIB)
    assert [one.name for one in tmp_path.iterdir()] == ["image"]


def test_a_sound_image_is_used_as_it_is_where_bases_need_not_be_raw(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(qcow2())
    assert Bases(keep_raw=False).plain(path, make_image("image", "qcow2"), 2 * GIB) == Base(path, "qcow2", GIB, None)


def test_kernels_and_ramdisks_are_raw(tmp_path: Path) -> None:
    path = tmp_path / "kernel"
    path.write_bytes(b"MZ" + bytes(4096))
    assert inspected(path, make_image("kernel", "aki")).format == "raw"
