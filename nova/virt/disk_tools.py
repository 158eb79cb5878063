"""The foreign programs that touch guests' disks, each on a short leash: formats always said, resources bounded."""

from __future__ import annotations

import errno
import os
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nova.base import process
from nova.contracts.errors import DiskFull, ImageUnusable, StepFailed

GIB = 1024**3
QUICK_CPU_SECONDS = 30
COPY_CPU_SECONDS = 1800
QUICK_TIMEOUT = 120
COPY_TIMEOUT = 1700
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_ROOM_WORDS = os.strerror(errno.ENOSPC)
_E2FSCK_MENDED = (0, 1)
_E2FSCK_DAMAGED = range(4, 16)


@contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Turn what goes wrong on the disk into words for the server's owner: DiskFull or StepFailed."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull(reason=f"The host has no room for {what}.", log=str(error)) from error
        raise StepFailed(reason=f"The host could not write {what}.", log=repr(error)) from error
    except process.CommandTimeout as error:
        raise StepFailed(reason=f"The host took too long to write {what}.", log=str(error)) from error
    except process.CommandFailed as error:
        if _NO_ROOM_WORDS in str(error):
            raise DiskFull(reason=f"The host has no room for {what}.", log=str(error)) from error
        raise StepFailed(reason=f"The host could not write {what}.", log=str(error)) from error


def create_overlay(path: Path, *, backing: Path, backing_format: str, size: int) -> None:
    """A qcow2 file of `size` bytes over a base."""
    options = ["-f", "qcow2", "-F", backing_format, "-b", str(backing)]
    _bounded(["qemu-img", "create", "-q", *options, str(path), str(size)])


def convert(source: Path, source_format: str, target: Path, target_format: str, *, most: int | None = None) -> None:
    """Copy a disk into another format, flat, without what it does not use; fails when that takes over `most` bytes."""
    formats = ["-f", source_format, "-O", target_format]
    command = ["qemu-img", "convert", "-q", *formats, str(source), str(target)]
    # A file may claim less where we looked than where the program does.
    _bounded(command, copies=True, most=most)


def copy_sparse(source: Path, target: Path) -> None:
    """Copy a file, sharing its blocks where the file system can, leaving holes where it has zeros."""
    _bounded(["cp", "--sparse=always", "--reflink=auto", "--", str(source), str(target)], copies=True)


def grow_ext(path: Path) -> None:
    """Let the ext file system that fills this raw file use all of its size. ImageUnusable when it is damaged."""
    try:
        _bounded(["e2fsck", "-f", "-p", str(path)], ok=_E2FSCK_MENDED)
    except process.CommandFailed as error:
        if error.code not in _E2FSCK_DAMAGED or _NO_ROOM_WORDS in str(error):
            raise
        reason = "The file system of the image is damaged: repair it with e2fsck and upload it again."
        raise ImageUnusable(reason=reason, log=str(error)) from error
    _bounded(["resize2fs", str(path)])


def make_filesystem(path: Path, kind: str, label: str | None) -> None:
    """Format a raw file: ext2, ext3, ext4, xfs, vfat, ntfs or swap. StepFailed for others."""
    marks = [label] if label else []
    commands = {
        "swap": ["mkswap"],
        "vfat": ["mkfs.vfat", *(f"-n{mark}" for mark in marks)],
        "xfs": ["mkfs.xfs", "-f", "-q", *(f"-L{mark}" for mark in marks)],
        "ntfs": ["mkfs.ntfs", "-F", "-Q", "-q", *(f"-L{mark}" for mark in marks)],
        **{ext: [f"mkfs.{ext}", "-q", "-F", *(f"-L{mark}" for mark in marks)] for ext in ("ext2", "ext3", "ext4")},
    }
    if kind not in commands:
        raise StepFailed(reason=f"The host cannot make a file system {kind}; use one of {', '.join(sorted(commands))}.")
    _bounded([*commands[kind], str(path)])


def _bounded(argv: Sequence[str], *, copies: bool = False, ok: Container[int] = (0,), most: int | None = None) -> None:
    """Run with limits to memory, time and, with `most`, the bytes of each file that is written."""
    cpu, timeout = (COPY_CPU_SECONDS, COPY_TIMEOUT) if copies else (QUICK_CPU_SECONDS, QUICK_TIMEOUT)
    limits = [f"--as={2 * GIB}", f"--cpu={cpu}", *([] if most is None else [f"--fsize={most}"])]
    # The C locale keeps the words of errors those that disk_errors looks for.
    process.run(["prlimit", *limits, "--", "env", "LC_ALL=C", *argv], timeout=timeout, ok=ok)
