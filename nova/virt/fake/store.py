"""What the fake hypervisor holds: in memory, and in one file where its guests must outlive the daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from nova.contracts.states import PowerState

T = TypeVar("T")

NOBODY = ""
"""Whose the taps are of which nobody knows the owner."""
LINES_SPARED = 1000
"""The file is written anew when it has so many lines more than twice the servers there are."""


class FakeGuest(msgspec.Struct):
    """A defined guest: its power, and how often it was started."""

    name: str
    power: PowerState
    started: int = 0


class Owned(msgspec.Struct):
    """What one server has on the host: its guest, the names of its disks (None: no folder) and of its taps."""

    guest: FakeGuest | None = None
    disks: list[str] | None = None
    taps: list[str] = []

    def is_empty(self) -> bool:
        """Whether the host has nothing of the server."""
        return self.guest is None and self.disks is None and not self.taps


Line = tuple[str, Owned]
"""A line of the file: a server's uuid and what it has from then on."""


class Store:
    """What all servers have, changed by one thread at a time, and in the file before a change is answered.

    The file is a log: a change costs a line however many guests there are, and of a process that was killed at most
    the line that it had not answered for is missing.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._servers: dict[str, Owned] = {}
        self._lines = 0
        if path is not None and path.exists():
            self._load(path)

    def look(self, server: str, look: Callable[[Owned], T]) -> T:
        """What `look` makes of what a server has."""
        with self._lock:
            return look(self._servers.get(server) or Owned())

    def each(self, look: Callable[[str, Owned], T]) -> list[T]:
        """What `look` makes of each server that has something here, in the order in which they came."""
        with self._lock:
            return [look(server, owned) for server, owned in self._servers.items()]

    def change(self, server: str, act: Callable[[Owned], T]) -> T:
        """Let `act` change what a server has, and keep it."""
        with self._lock:
            owned = self._servers.setdefault(server, Owned())
            try:
                return act(owned)
            finally:
                self._put(server, owned)
                if self._path is not None:
                    self._append(self._path, (server, owned))

    def _put(self, server: str, owned: Owned) -> None:
        if owned.is_empty():
            self._servers.pop(server, None)
        else:
            self._servers[server] = owned

    def _append(self, path: Path, line: Line) -> None:
        if self._lines > 2 * len(self._servers) + LINES_SPARED:
            self._write_anew(path)
            return
        with path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
        self._lines += 1

    def _write_anew(self, path: Path) -> None:
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in self._servers.items()))
        part.replace(path)
        self._lines = len(self._servers)

    def _load(self, path: Path) -> None:
        *lines, torn = path.read_bytes().split(b"\n")
        for line in lines:
            self._put(*msgspec.json.decode(line, type=Line))
        self._lines = len(lines)
        if torn:
            self._write_anew(path)
