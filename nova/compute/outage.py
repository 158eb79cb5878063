"""Says once that something is away, and once that it is back, however often it is asked meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from nova.contracts.errors import Unavailable

LOG = logging.getLogger(__name__)


class Outage:
    """Of the things that one piece of periodic work needs. `work` names it for the log."""

    def __init__(self, work: str) -> None:
        self._work = work
        self._away: str | None = None

    @contextmanager
    def expected(self) -> Iterator[None]:
        """Unavailable within the block ends the block and is not raised: the work comes again."""
        try:
            yield
        except Unavailable as away:
            if self._away != str(away):
                LOG.error("%s waits: %s %s", self._work, away, away.log)
            self._away = str(away)
        else:
            if self._away is not None:
                LOG.info("%s goes on", self._work)
            self._away = None
