"""What went wrong in the database, told apart over three drivers: may it be tried again?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

_MYSQL_CONTENTION = {1020, 1205, 1213}
_MYSQL_LOST = {1040, 1047, 1053, 1927, 2002, 2003, 2006, 2013}
_POSTGRESQL_CONTENTION = {"40001", "40P01", "55P03"}
_POSTGRESQL_LOST = {"53300", "57P01", "57P02", "57P03"}
_POSTGRESQL_SHUT_OUT = ("does not exist", "authentication failed", "no pg_hba.conf entry", "permission denied")
_SQLITE_CONTENTION = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED
_MYSQL_FULL = {1021, 1026, 1114}
_POSTGRESQL_FULL = "53100"
_SQLITE_FULL = 13


class Unusable(Exception):
    """The database cannot be used as it is set up; the message says why, without statements or secrets."""


class Trouble(Enum):
    """CONTENTION: the database undid the work in favour of another's. LOST: it did not answer, or went away.

    FULL: it has no room to write; until somebody makes some, trying again is of no use.
    """

    CONTENTION = "contention"
    LOST = "lost"
    FULL = "full"


@contextmanager
def explained() -> Iterator[None]:
    """Errors of the database's set-up (no such database, access denied, tables missing) as Unusable."""
    try:
        yield
    except DBAPIError as error:
        raise Unusable(f"The database refuses: {' '.join(str(error.orig).split())}") from error


def of(error: DBAPIError) -> Trouble | None:
    """The trouble behind a driver's error; None for what would only fail again."""
    if error.connection_invalidated:
        return Trouble.LOST
    cause = error.orig
    sqlite = getattr(cause, "sqlite_errorcode", None)
    if sqlite is not None:
        return _sqlite(sqlite & 0xFF)
    if cause is not None and hasattr(cause, "pgcode"):
        return _postgresql(error, cause.pgcode)
    return _mysql(cause.args[0] if cause is not None and cause.args else None)


def _sqlite(code: int) -> Trouble | None:
    if code in _SQLITE_CONTENTION:
        return Trouble.CONTENTION
    return Trouble.FULL if code == _SQLITE_FULL else None


def _mysql(number: object) -> Trouble | None:
    if number in _MYSQL_CONTENTION:
        return Trouble.CONTENTION
    if number in _MYSQL_FULL:
        return Trouble.FULL
    return Trouble.LOST if number in _MYSQL_LOST else None


def _postgresql(error: DBAPIError, code: str | None) -> Trouble | None:
    if code is None:
        # The driver gives no code when it does not get in at all; then only the words tell why.
        shut_out = any(words in str(error.orig) for words in _POSTGRESQL_SHUT_OUT)
        return Trouble.LOST if isinstance(error, OperationalError | InterfaceError) and not shut_out else None
    if code in _POSTGRESQL_CONTENTION:
        return Trouble.CONTENTION
    if code == _POSTGRESQL_FULL:
        return Trouble.FULL
    return Trouble.LOST if code.startswith("08") or code in _POSTGRESQL_LOST else None
