"""What a transaction writes last: rows that everybody changes, whose locks are to be held for a moment only."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy import Connection

_KEY = "nova.ending"
Write = Callable[[Connection, set[Any]], None]


def begin(conn: Connection) -> None:
    """Nothing is left to write from an earlier transaction of this connection."""
    conn.info[_KEY] = {}


def add(conn: Connection, write: Write, *things: Hashable) -> None:
    """Call `write` with these and all other things given for it in this transaction, before it commits.

    At once where nobody opened the transaction by `begin`.
    """
    ending: dict[Write, set[Any]] | None = conn.info.get(_KEY)
    if ending is None:
        write(conn, set(things))
    else:
        ending.setdefault(write, set()).update(things)


def finish(conn: Connection) -> None:
    """Write, always in the same order, so that transactions do not wait for one another in a circle."""
    ending: dict[Write, set[Any]] = conn.info.pop(_KEY, {})
    for write in sorted(ending, key=lambda write: (write.__module__, write.__qualname__)):
        write(conn, ending[write])
