"""One process at a time, by a lock on a file that vanishes when unused and dies with its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Wait for the file's lock, keep it for the block. Threads of one process exclude each other too."""
    descriptor = _take(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        _give_back(path, descriptor)


@contextmanager
def try_to_hold(path: Path) -> Iterator[bool]:
    """Whether the lock was free; if so it is kept for the block."""
    try:
        descriptor = _take(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
        return
    try:
        yield True
    finally:
        _give_back(path, descriptor)


def _take(path: Path, how: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, how)
            if _still_there(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # The holder before removed the file: a lock on it excludes nobody who comes later.
        os.close(descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _give_back(path: Path, descriptor: int) -> None:
    path.unlink(missing_ok=True)
    os.close(descriptor)
