"""What the fake hypervisor holds: in memory, and in one file where its guests must outlive the daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from nova.contracts.states import PowerState

T = TypeVar("T")


class FakeGuest(msgspec.Struct):
    """A defined guest: its power, and the taps it has while it runs."""

    name: str
    power: PowerState
    taps: list[str] = []
    started: int = 0


class World(msgspec.Struct):
    """Everything on the host. `disks` are names of files by server, `taps` owners by device (None: unknown)."""

    guests: dict[str, FakeGuest] = {}
    disks: dict[str, list[str]] = {}
    taps: dict[str, str | None] = {}


class Store:
    """The world, changed by one thread at a time, written to its file before a change is answered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._world = World()
        if path is not None and path.exists():
            self._world = msgspec.json.decode(path.read_bytes(), type=World)

    def read(self, look: Callable[[World], T]) -> T:
        """What `look` makes of the world."""
        with self._lock:
            return look(self._world)

    def change(self, act: Callable[[World], T]) -> T:
        """Let `act` change the world and keep it."""
        with self._lock:
            answer = act(self._world)
            if self._path is not None:
                part = self._path.with_name(f"{self._path.name}.part")
                part.write_bytes(msgspec.json.encode(self._world))
                part.replace(self._path)
            return answer
