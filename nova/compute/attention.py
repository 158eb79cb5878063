"""Which servers are being worked on here, so that nothing else touches them meanwhile."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nova.base.locks import KeyedLocks

REMEMBERED = 3600.0
"""Seconds for which it is known when a server was worked on last; nothing that looks back looks further."""


class Attention:
    """One thread at a time for each server, and when that was last. Times are the clock's, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._locks = KeyedLocks()
        self._guard = threading.Lock()
        self._touched: dict[str, float] = {}
        self._removed: dict[str, float] = {}

    @contextmanager
    def hold(self, server: str, *, removal: bool = False) -> Iterator[None]:
        """Wait for the server, keep it for the block. With `removal` what it has here is being taken away."""
        if removal:
            # Noted before waiting: work that only prepares looks for it before it acts.
            self._note(self._removed, server)
        with self._locks.hold(server):
            try:
                yield
            finally:
                self.note(server)

    def note(self, server: str) -> None:
        """Something was done about the server just now."""
        self._note(self._touched, server)

    def busy(self, server: str) -> bool:
        """Whether somebody holds the server or waits for it."""
        return server in self._locks.held()

    def untouched_since(self, server: str, moment: float) -> bool:
        """Whether nobody has worked on the server from that moment on."""
        return not self.busy(server) and self._touched.get(server, moment - 1) < moment

    def removed_since(self, server: str, moment: float) -> bool:
        """Whether somebody asked for its removal from that moment on."""
        return self._removed.get(server, moment - 1) >= moment

    def _note(self, moments: dict[str, float], server: str) -> None:
        with self._guard:
            now = self.clock()
            moments.pop(server, None)
            moments[server] = now
            # The oldest come first, and one goes for each that comes: no search through all of them.
            for old in list(itertools.islice(moments, 2)):
                if now - moments[old] > REMEMBERED:
                    del moments[old]
