"""What a disk image file really is, read from its headers alone.

The file may be hostile: reads are few, short and at checked offsets, nothing is followed to another file, and no
foreign program sees the file before this does. Format names are the image store's words (raw, qcow2, vmdk, vdi,
vhd, vhdx, iso); a bare file system or a partitioned disk is raw, and `content` says which.
"""

from __future__ import annotations

import os
import re
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
MAX_NAME = 1023
"""Longest name of another file that a header may hold, in bytes."""
MAX_DESCRIPTOR = 64 * 1024
MAX_TABLE_ENTRIES = 2048


@dataclass(frozen=True)
class DiskFormat:
    """What `inspect` found.

    `virtual_size` is what a machine using the disk would see, in bytes (None where the header does not tell).
    `backing_file` and `data_file` are names of other files the image wants to read: such an image must not be used
    when it came from a stranger. `problem` says why the header cannot be trusted, None when it looks sound.
    `content` is ext, mbr or None, for raw images.
    """

    name: str
    virtual_size: int | None
    backing_file: str | None = None
    data_file: str | None = None
    problem: str | None = None
    content: str | None = None

    def is_a(self, declared: str) -> bool:
        """Whether the image store's word for the format fits what the file is.

        Kernels, ramdisks and bare file systems (aki, ari, ami) are raw, and so is an ISO image when used as a disk.
        """
        if declared in ("raw", "ami", "aki", "ari"):
            return self.name in ("raw", "iso")
        return self.name == declared


class _File:
    """Bounded reads: past the end gives fewer bytes, never an error."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.size = os.fstat(descriptor).st_size

    def read(self, offset: int, length: int) -> bytes:
        if offset < 0 or offset >= self.size:
            return b""
        return os.pread(self.descriptor, length, offset)

    def fields(self, layout: str, offset: int) -> tuple[int, ...]:
        """Numbers at an offset; struct.error when the file is too short for them."""
        return struct.unpack(layout, self.read(offset, struct.calcsize(layout)))


def inspect(path: Path | str) -> DiskFormat:
    """Read the headers of the file. OSError when it cannot be opened; never an error for what it holds."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        file = _File(descriptor)
        for name, is_it, read in _READERS:
            if is_it(file):
                try:
                    return read(file)
                except (struct.error, ValueError, OverflowError):
                    return DiskFormat(name, None, problem=f"the {name} header is cut short or malformed")
        return _raw(file)
    finally:
        os.close(descriptor)


def _name(raw: bytes) -> str:
    return raw[:MAX_NAME].split(b"\0")[0].decode("utf-8", "replace")


# qcow2 ------------------------------------------------------------------------------------------------------------

_QCOW2_DIRTY, _QCOW2_CORRUPT, _QCOW2_DATA_FILE = 1 << 0, 1 << 1, 1 << 2
_QCOW2_COMPRESSION, _QCOW2_EXTENDED_L2 = 1 << 3, 1 << 4
_QCOW2_KNOWN = _QCOW2_DIRTY | _QCOW2_CORRUPT | _QCOW2_DATA_FILE | _QCOW2_COMPRESSION | _QCOW2_EXTENDED_L2
_QCOW2_MAX_L1 = 4 * 1024 * 1024
_QCOW2_MAX_SNAPSHOTS = 65536
_DATA_FILE_EXTENSION = 0x44415441


def _qcow2(file: _File) -> DiskFormat:
    version, backing_at, backing_length, cluster_bits, size, encryption, l1_size = file.fields(">IQIIQII", 4)
    (snapshots,) = file.fields(">I", 60)
    if version == 1:
        return DiskFormat("qcow", None, problem="it is a qcow image of the first version")
    features, length = (0, 72) if version == 2 else (file.fields(">Q", 72)[0], file.fields(">I", 100)[0])
    backing = _name(file.read(backing_at, min(backing_length, MAX_NAME))) or "?" if backing_at else None
    data_file = None
    if features & _QCOW2_DATA_FILE:
        data_file = _qcow2_extension(file, length, _DATA_FILE_EXTENSION) or "?"
    complaints = {
        f"its version is {version}": version not in (2, 3),
        "its cluster size is out of bounds": not 9 <= cluster_bits <= 21,
        "it is encrypted": encryption != 0,
        "its tables are out of bounds": l1_size > _QCOW2_MAX_L1 or snapshots > _QCOW2_MAX_SNAPSHOTS,
        "it needs features that are not known": bool(features & ~_QCOW2_KNOWN),
        "it is marked as corrupt": bool(features & _QCOW2_CORRUPT),
        "its header length is out of bounds": version == 3 and not 104 <= length <= 65536,
    }
    return DiskFormat("qcow2", size, backing, data_file, next((say for say, bad in complaints.items() if bad), None))


def _qcow2_extension(file: _File, offset: int, wanted: int) -> str | None:
    for _ in range(64):
        kind, length = file.fields(">II", offset)
        if kind == wanted:
            return _name(file.read(offset + 8, min(length, MAX_NAME)))
        if kind == 0:
            return None
        offset += 8 + (length + 7) // 8 * 8
    return None


# vmdk -------------------------------------------------------------------------------------------------------------

_VMDK_FOOTER = 2**64 - 1
_VMDK_TYPES = ("monolithicsparse", "streamoptimized")
_EXTENT = re.compile(rb'^(?:RW|RDONLY|NOACCESS)[ \t]+\d+[ \t]+(\w+)(?:[ \t]+"([^"\r\n]*)")?', re.MULTILINE)


def _vmdk(file: _File) -> DiskFormat:
    if file.read(0, 4) != b"KDMV":
        outside = _EXTENT.search(file.read(0, MAX_DESCRIPTOR))
        data_file = _name(outside[2] or b"") or "?" if outside else "?"
        return DiskFormat("vmdk", None, data_file=data_file, problem="it keeps its data in other files")
    capacity, _, descriptor_at, sectors = file.fields("<QQQQ", 12)
    size = capacity * SECTOR
    if capacity == 0:
        return DiskFormat("vmdk", None, data_file="?", problem="it keeps its data in other files")
    if file.fields("<Q", 56)[0] == _VMDK_FOOTER and file.fields("<Q", file.size - 1024 + 12)[0] != capacity:
        # Readers believe the copy of the header near the end, where there is one.
        return DiskFormat("vmdk", size, problem="its two headers do not agree")
    if not 0 < sectors * SECTOR <= MAX_DESCRIPTOR or descriptor_at * SECTOR >= file.size:
        return DiskFormat("vmdk", size, problem="its descriptor is out of bounds")
    text = file.read(descriptor_at * SECTOR, sectors * SECTOR).split(b"\0")[0]
    kind = _vmdk_value(text, b"createType").lower()
    parent = _vmdk_value(text, b"parentCID").lower() not in ("", "ffffffff")
    hint = _vmdk_value(text, b"parentFileNameHint")
    extents = _EXTENT.findall(text)
    problem = None
    if kind not in _VMDK_TYPES:
        problem = f"its kind {kind[:40]!r} is not one of {', '.join(_VMDK_TYPES)}"
    elif len(extents) != 1 or extents[0][0] != b"SPARSE":
        problem = "it keeps its data in other files"
    elsewhere = next((_name(name) or "?" for access, name in extents if access != b"SPARSE"), None)
    return DiskFormat("vmdk", size, hint or "?" if parent or hint else None, elsewhere, problem)


def _vmdk_value(text: bytes, key: bytes) -> str:
    found = re.search(rb"^[ \t]*" + key + rb'[ \t]*=[ \t]*"?([^"\r\n]*)', text, re.MULTILINE | re.IGNORECASE)
    return _name(found[1]).strip() if found else ""


# vdi, vhd, vhdx ---------------------------------------------------------------------------------------------------


def _vdi(file: _File) -> DiskFormat:
    (kind,) = file.fields("<I", 0x4C)
    (size,) = file.fields("<Q", 0x170)
    linked = any(file.read(0x1A8, 16)) or any(file.read(0x1B8, 16))
    problem = None if kind in (1, 2) else f"its kind {kind} is neither dynamic nor static"
    return DiskFormat("vdi", size, "?" if linked or kind == 4 else None, problem=problem)


def _is_vhd(file: _File) -> bool:
    return file.read(0, 8) == b"conectix" or file.read(file.size - SECTOR, 8) == b"conectix"


def _vhd(file: _File) -> DiskFormat:
    at = 0 if file.read(0, 8) == b"conectix" else file.size - SECTOR
    (size,) = file.fields(">Q", at + 48)
    (kind,) = file.fields(">I", at + 60)
    problem = None if kind in (2, 3, 4) else f"its kind {kind} is not known"
    return DiskFormat("vhd", size, "?" if kind == 4 else None, problem=problem)


_VHDX_METADATA = uuid.UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e")
_VHDX_PARAMETERS = uuid.UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b")
_VHDX_SIZE = uuid.UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8")
_VHDX_REGIONS_AT = 192 * 1024


def _vhdx(file: _File) -> DiskFormat:
    (regions,) = file.fields("<I", _VHDX_REGIONS_AT + 8)
    at = _vhdx_find(file, _VHDX_REGIONS_AT + 16, regions, _VHDX_METADATA, "<Q")
    if file.read(at, 8) != b"metadata":
        raise ValueError("no metadata region")
    (items,) = file.fields("<H", at + 10)
    (size,) = file.fields("<Q", at + _vhdx_find(file, at + 32, items, _VHDX_SIZE, "<I"))
    _, flags = file.fields("<II", at + _vhdx_find(file, at + 32, items, _VHDX_PARAMETERS, "<I"))
    return DiskFormat("vhdx", size, "?" if flags & 2 else None)


def _vhdx_find(file: _File, table: int, count: int, wanted: uuid.UUID, layout: str) -> int:
    """The offset an entry of one of the two tables gives for this id; ValueError when it is not there."""
    entries = file.read(table, 32 * min(count, MAX_TABLE_ENTRIES))
    for start in range(0, len(entries) - 31, 32):
        if entries[start : start + 16] == wanted.bytes_le:
            return int(struct.unpack_from(layout, entries, start + 16)[0])
    raise ValueError(str(wanted))


# raw --------------------------------------------------------------------------------------------------------------


def _iso(file: _File) -> DiskFormat:
    return DiskFormat("iso", file.size)


def _raw(file: _File) -> DiskFormat:
    content = None
    if file.read(1024 + 56, 2) == b"\x53\xef":
        content = "ext"
    elif file.read(510, 2) == b"\x55\xaa":
        content = "mbr"
    return DiskFormat("raw", file.size, content=content)


def _refused(name: str) -> Callable[[_File], DiskFormat]:
    return lambda file: DiskFormat(name, None, problem=f"the format {name} is not supported")


def _starts_with(*magics: bytes) -> Callable[[_File], bool]:
    return lambda file: file.read(0, 32).startswith(magics)


# The first that recognises the file reads it. Those with their mark at the start come before those further in, so
# that a file carrying two marks is taken for the one a hypervisor's own probing would choose.
_READERS: tuple[tuple[str, Callable[[_File], bool], Callable[[_File], DiskFormat]], ...] = (
    ("qcow2", _starts_with(b"QFI\xfb"), _qcow2),
    ("qed", _starts_with(b"QED\0"), _refused("qed")),
    ("vmdk", _starts_with(b"KDMV", b"COWD", b"# Disk DescriptorFile"), _vmdk),
    ("vhdx", _starts_with(b"vhdxfile"), _vhdx),
    ("parallels", _starts_with(b"WithoutFreeSpace", b"WithouFreSpacExt"), _refused("parallels")),
    ("luks", _starts_with(b"LUKS\xba\xbe"), _refused("luks")),
    ("vdi", lambda file: file.read(0x40, 4) == b"\x7f\x10\xda\xbe", _vdi),
    ("vhd", _is_vhd, _vhd),
    ("iso", lambda file: file.read(32769, 5) == b"CD001", _iso),
)
