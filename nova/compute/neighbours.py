"""Which hosts use a folder: with shared storage, what has no owner here may have one there."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

FOLDER = ".hosts"
REMEMBERED = 24 * 3600
"""Seconds for which a host that was seen here counts as one that uses the folder."""


class Neighbours:
    """A file a host, touched while its nova-compute lives, in the folder that may be shared."""

    def __init__(self, folder: Path, host: str, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder / FOLDER
        self._mine = quote(host, safe="")
        self._clock = clock

    def alone(self) -> bool:
        """Sign for this host; whether no other has signed within a day."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / self._mine).touch()
        seen = {path.name for path in self._folder.iterdir() if self._clock() - path.stat().st_mtime < REMEMBERED}
        return seen <= {self._mine}
