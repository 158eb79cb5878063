"""What went wrong in the database, told apart over three drivers: may it be tried again?"""

from __future__ import annotations

from enum import Enum

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

_MYSQL_CONTENTION = {1020, 1205, 1213}
_MYSQL_LOST = {1040, 1047, 1053, 1927, 2002, 2003, 2006, 2013}
_POSTGRESQL_CONTENTION = {"40001", "40P01", "55P03"}
_POSTGRESQL_LOST = {"53300", "57P01", "57P02", "57P03"}
_SQLITE_CONTENTION = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED


class Trouble(Enum):
    """CONTENTION: the database undid the work in favour of another's. LOST: it did not answer, or went away."""

    CONTENTION = "contention"
    LOST = "lost"


def of(error: DBAPIError) -> Trouble | None:
    """The trouble behind a driver's error; None for what would only fail again."""
    if error.connection_invalidated:
        return Trouble.LOST
    cause = error.orig
    sqlite = getattr(cause, "sqlite_errorcode", None)
    if sqlite is not None:
        return Trouble.CONTENTION if sqlite & 0xFF in _SQLITE_CONTENTION else None
    if cause is not None and hasattr(cause, "pgcode"):
        return _postgresql(error, cause.pgcode)
    number = cause.args[0] if cause is not None and cause.args else None
    if number in _MYSQL_CONTENTION:
        return Trouble.CONTENTION
    return Trouble.LOST if number in _MYSQL_LOST else None


def _postgresql(error: DBAPIError, code: str | None) -> Trouble | None:
    if code is None:
        # No answer from the server at all: it could not be reached, or closed the connection.
        return Trouble.LOST if isinstance(error, OperationalError | InterfaceError) else None
    if code in _POSTGRESQL_CONTENTION:
        return Trouble.CONTENTION
    return Trouble.LOST if code.startswith("08") or code in _POSTGRESQL_LOST else None
