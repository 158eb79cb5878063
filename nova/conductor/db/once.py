"""Rows that whoever needs them first makes, for all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import IntegrityError


def insert_unless_there(conn: Connection, table: Table, **values: Any) -> bool:
    """Whether the row was made now; else a unique key says that it is there, maybe made by another a moment ago.

    The transaction goes on in either case, and reads the row as it is.
    """
    try:
        with conn.begin_nested():
            conn.execute(insert(table).values(**values))
    except IntegrityError:
        return False
    return True
