"""The one door to the database: units of work that are tried again as a whole, and reads."""

from __future__ import annotations

import datetime
import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from oslo_config import cfg
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import DBAPIError

from nova.base import report
from nova.conductor.db import connections, ending, trouble
from nova.conductor.db.tables.columns import clock
from nova.conductor.db.trouble import Trouble
from nova.contracts.errors import Unavailable

LOG = logging.getLogger(__name__)
T = TypeVar("T")

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 2.0


class Database:
    """The database of this process. Safe to use from many threads; each unit of work has a connection of its own."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._retries: int = conf.database.max_retries
        self.engine: Engine = connections.writer(conf)
        self._reader: Engine = connections.reader(conf)
        self._counting = threading.Lock()
        self.queries = 0
        report.counters("SQL statements", lambda: {"executed": self.queries})
        for engine in (self.engine, self._reader):
            event.listen(engine, "before_cursor_execute", self._count)

    def transaction(self, work: Callable[[Connection], T], *, safe: bool = False) -> T:
        """Do `work` in one transaction and answer what it returned; any exception undoes it all.

        A deadlock, a lock time-out or a lost connection begins the whole unit again, a bounded number of times, so
        `work` must have no effect beyond its connection. When the connection is lost during the commit nobody knows
        what became of it: only work marked `safe` (done twice, it is as done once) is then begun again. Unavailable
        when the database does not come back, or has no room.
        """
        return self._insist(lambda: self._once(work, safe))

    def read(self, work: Callable[[Connection], T]) -> T:
        """Do queries without a transaction; tried again like a transaction."""

        def once() -> T:
            with self._reader.connect() as conn:
                return work(conn)

        return self._insist(once)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        self._reader.dispose()

    def _once(self, work: Callable[[Connection], T], safe: bool) -> T:
        with self.engine.connect() as conn:
            begun = conn.begin()
            ending.begin(conn)
            try:
                answer = work(conn)
                ending.finish(conn)
            except BaseException:
                begun.rollback()
                raise
            try:
                begun.commit()
            except DBAPIError as error:
                # The pool takes connections back as they are.
                conn.invalidate()
                if trouble.of(error) is Trouble.LOST and not safe:
                    raise Unavailable(
                        service="The database",
                        hint="Look whether the request was carried out before you repeat it.",
                        log="connection lost during a commit",
                    ) from error
                raise
            return answer

    def _insist(self, once: Callable[[], T]) -> T:
        for attempt in range(self._retries + 1):
            try:
                return once()
            except DBAPIError as error:
                kind = trouble.of(error)
                if kind is None:
                    raise
                if kind is Trouble.FULL:
                    LOG.error("The database has no room to write: %s", error.orig)
                    raise Unavailable(service="The database", hint="Try again later.", log=kind.value) from error
                if attempt == self._retries:
                    raise Unavailable(
                        service="The database", hint="Try again later.", log=f"{kind.value}: {error.orig}"
                    ) from error
                LOG.log(
                    logging.INFO if kind is Trouble.CONTENTION else logging.WARNING,
                    "database %s, attempt %d: %s",
                    kind.value,
                    attempt + 1,
                    error.orig,
                )
                time.sleep(_pause(attempt))
        raise AssertionError("the loop returns or raises")

    def _count(self, conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement == connections.BEGIN:
            return
        with self._counting:
            self.queries += 1


def now(conn: Connection) -> datetime.datetime:
    """The database's clock: aware UTC with microseconds."""
    found: datetime.datetime = conn.execute(select(clock())).scalar_one()
    return found


def _pause(attempt: int) -> float:
    """Seconds before the next attempt: doubling, bounded, and spread so that rivals do not meet again."""
    return float(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311
