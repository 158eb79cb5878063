"""Bases of guests' root disks, made from cached images and kept beside them, under names that begin with theirs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nova.base import diskformat, durable, filelock
from nova.contracts.errors import ImageUnusable
from nova.contracts.image import Image
from nova.virt import disk_tools

GIB = 1024**3
SECTOR = 512
LOCKS = ".locks"


@dataclass(frozen=True)
class Base:
    """A file that disks may be made from; `size` is its virtual size in bytes, `content` ext for a bare file system."""

    path: Path
    format: str
    size: int
    content: str | None


class Bases:
    """Makes bases, each once however many guests, threads and processes ask for it at the same time."""

    def __init__(self, *, keep_raw: bool) -> None:
        self._keep_raw = keep_raw

    def plain(self, path: Path, image: Image, limit: int) -> Base:
        """The image itself, flattened to raw where wanted.

        ImageUnusable when it is unsafe, or larger than `limit` bytes (0: any size).
        """
        found = inspected(path, image)
        if limit and found.size > limit:
            raise ImageUnusable(
                reason=f"Image {image.id} needs a root disk of {-(-found.size // GIB)} GiB, "
                f"but the flavor's has {limit // GIB} GiB."
            )
        if found.format in ("raw", "iso"):
            return Base(path, "raw", found.size, found.content)
        if found.format == "qcow2" and not self._keep_raw:
            return found
        flat = path.with_name(f"{path.name}.raw")
        kind = _QEMU_NAMES.get(found.format, found.format)
        _make(flat, lambda part: disk_tools.convert(path, kind, part, "raw", most=found.size + SECTOR))
        return Base(flat, "raw", flat.stat().st_size, diskformat.inspect(flat).content)

    def grown(self, base: Base, size: int) -> Base:
        """For a bare ext file system smaller than `size` bytes: a copy that fills it. Other bases as they are."""
        if base.content != "ext" or base.format != "raw" or size <= base.size:
            return base

        def write(part: Path) -> None:
            disk_tools.copy_sparse(base.path, part)
            os.truncate(part, size)
            disk_tools.grow_ext(part)

        path = base.path.with_name(f"{base.path.name}.{size // GIB}g")
        _make(path, write)
        return Base(path, "raw", size, base.content)


def _make(path: Path, write: Callable[[Path], None]) -> None:
    """Have `write` make the file unless it is there: whole or not at all, and once however many want it."""
    with filelock.hold(path.parent / LOCKS / path.name):
        if path.exists():
            return
        part = path.with_name(f"{path.name}.part")
        try:
            part.unlink(missing_ok=True)
            write(part)
            # Hypervisors run as users of their own, and read bases.
            part.chmod(0o644)
            durable.settle(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


# The image store's word and qemu-img's word for the same format.
_QEMU_NAMES = {"vhd": "vpc"}


def inspected(path: Path, image: Image) -> Base:
    """What the cached file really is. ImageUnusable when that is unsafe, or not what the image store said."""
    found = diskformat.inspect(path)
    if found.backing_file or found.data_file:
        raise ImageUnusable(reason=f"Image {image.id} refers to another file, which is not allowed.")
    if found.problem:
        raise ImageUnusable(reason=f"Image {image.id} cannot be used: {found.problem}.")
    if image.disk_format and not found.is_a(image.disk_format):
        raise ImageUnusable(
            reason=f"Image {image.id} is declared as {image.disk_format}, but its content is {found.name}."
        )
    if found.virtual_size is None:
        raise ImageUnusable(reason=f"Image {image.id} does not say how large its disk is.")
    return Base(path, found.name, found.virtual_size, found.content)
