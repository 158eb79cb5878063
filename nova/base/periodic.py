"""Work that is done again and again: by the clock, or soon when nudged."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

LOG = logging.getLogger(__name__)

STOP_SECONDS = 1.0
"""How long the turn under way may hold up a stop; what it waits for ends with the process."""


class Periodic:
    """Calls `work` at start, then every `interval` seconds, never twice at once.

    What `work` raises is logged, and it is called again at the next turn. What is `expected` of it says all by itself:
    it costs one line.
    """

    def __init__(
        self, name: str, interval: float, work: Callable[[], None], *, expected: tuple[type[Exception], ...] = ()
    ) -> None:
        self.name, self.interval, self._work, self._expected = name, interval, work, expected
        self._wake = threading.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._turn, name=name, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def nudge(self) -> None:
        """Do the work soon, without waiting for the clock."""
        self._wake.set()

    def stop(self) -> None:
        """End after the turn under way; waits for it a short while."""
        self._ending = True
        self._wake.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=STOP_SECONDS)

    def _turn(self) -> None:
        while not self._ending:
            self._wake.clear()
            try:
                self._work()
            except self._expected as error:
                LOG.warning("%s waits %s s: %s", self.name, self.interval, error)
            except Exception:
                LOG.exception("%s failed; it is tried again in %s s", self.name, self.interval)
            self._wake.wait(self.interval)
