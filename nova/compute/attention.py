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
        self._removed_for: dict[str, float] = {}

    @contextmanager
    def hold(self, server: str, *, removal: bool = False, told_at: float = 0.0) -> Iterator[None]:
        """Wait for the server, keep it for the block.

        With `removal` what it has here is being taken away, for a message that was `told_at` (GuestRef).
        """
        if removal:
            # Noted before waiting: work that only prepares looks for it before it acts.
            self._note(self._removed, server)
            with self._guard:
                self._removed_for[server] = max(told_at, self._removed_for.get(server, 0.0))
        with self._locks.hold(server):
            try:
                yield
            finally:
                self.note(server)

    def note(self, server: str) -> None:
        """Something was done about the server just now."""
        self._note(self._touched, server)

    def worked_since(self, moment: float) -> bool:
        """Whether anything was done here from that moment on."""
        with self._guard:
            newest = next(reversed(self._touched.values()), None)
        return newest is not None and newest >= moment

    def busy(self, server: str) -> bool:
        """Whether somebody holds the server or waits for it."""
        return server in self._locks.held()

    def untouched_since(self, server: str, moment: float) -> bool:
        """Whether nobody has worked on the server from that moment on."""
        return not self.busy(server) and self._touched.get(server, moment - 1) < moment

    def removed_since(self, server: str, moment: float) -> bool:
        """Whether somebody asked for its removal from that moment on."""
        return self._removed.get(server, moment - 1) >= moment

    def outdated(self, server: str, told_at: float) -> bool:
        """Whether a message about the server is older than one that had it removed; never when its time is not known.

        Messages overtake one another where a daemon was away, and those nobody waits for any more come all the same.
        """
        return 0.0 < told_at < self._removed_for.get(server, 0.0)

    def worked_on_since(self, server: str, moment: float) -> bool:
        """As `untouched_since`, for who holds the server: whether somebody else has worked on it from then on."""
        return self._touched.get(server, moment - 1) >= moment

    def _note(self, moments: dict[str, float], server: str) -> None:
        with self._guard:
            now = self.clock()
            moments.pop(server, None)
            moments[server] = now
            # The oldest come first, and one goes for each that comes: no search through all of them.
            for old in list(itertools.islice(moments, 2)):
                if now - moments[old] > REMEMBERED:
                    del moments[old]
                    if moments is self._removed:
                        self._removed_for.pop(old, None)
