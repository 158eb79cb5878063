"""Whether the database's schema is one that this release works with.

Alembic is not asked: a daemon has no other use for it, and it is large.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

import migrations
from nova.conductor.db.engine import Database
from nova.conductor.db.trouble import Unusable, explained

_TABLE = "alembic_version"


def require(database: Database) -> None:
    """Unusable, with the way out, unless the schema is this release's or a later one. Unavailable."""
    with explained():
        found = database.read(_found)
    needed = newest()
    if found is None:
        raise Unusable("The database has no tables yet. Run: nova-manage db sync")
    if found < needed:
        raise Unusable(f"The database's schema is at {found}, this release needs {needed}. Run: nova-manage db sync")


def newest() -> str:
    """The version that this release is written for: its last migration's, with which the file's name begins."""
    versions = Path(migrations.__file__).parent / "versions"
    return max(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))


def _found(conn: Connection) -> str | None:
    if not inspect(conn).has_table(_TABLE):
        return None
    return conn.execute(text(f"SELECT max(version_num) FROM {_TABLE}")).scalar()  # noqa: S608 - a constant
