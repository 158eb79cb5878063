"""Keeping the host table in step with the conductor."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from nova.base.context import admin_context
from nova.contracts.scheduling import HostTable
from nova.scheduler.table import Table

LOG = logging.getLogger(__name__)


class Refresh:
    """Asks what changed: one RPC, however many want to know at once."""

    def __init__(self, table: Table, conductor: HostTable, clock: Callable[[], float] = time.monotonic) -> None:
        self._table, self._conductor, self._clock = table, conductor, clock
        self._one_at_a_time = threading.Lock()
        self._asked_at = float("-inf")

    def __call__(self) -> None:
        """Bring the table up to date, at least to the moment of this call."""
        wanted = self._clock()
        with self._one_at_a_time:
            if self._asked_at > wanted:
                return
            asked_at = self._clock()
            since = self._table.version if self._table.loaded else 0
            changes = self._conductor.changes(admin_context(), since=since)
            with self._table.lock:
                self._table.apply(changes, asked_at)
                count = len(self._table.hosts)
            self._asked_at = asked_at
        if changes.all:
            LOG.info("The host table holds %d hosts", count)
