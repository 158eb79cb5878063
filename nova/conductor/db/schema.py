"""Bringing the database's schema to a version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

import migrations
from nova.conductor.db.engine import Database

_LOCK = "nova db sync"
_LOCK_NUMBER = 0x6E6F7661
_LOCK_SECONDS = 60


def sync(database: Database, version: str | None = None) -> str:
    """Upgrade to a version (default: the newest); answers the version reached.

    Two at once do it one after the other. ValueError for a version that is unknown or older than the database's.
    """
    config = _config()
    wanted = _known(config, version)
    with database.engine.connect() as conn, _alone(conn):
        config.attributes["connection"] = conn
        before = _current(conn)
        if before is not None and wanted not in _from(config, before):
            raise ValueError(f"The database is at {before}, which does not lead to {wanted}: there is no way back.")
        command.upgrade(config, wanted)
        conn.commit()
        return wanted


def version(database: Database) -> str | None:
    """The database's version; None before the first sync."""
    return database.read(_current)


def newest() -> str:
    """The version that this release is written for."""
    return _known(_config(), None)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _known(config: Config, version: str | None) -> str:
    try:
        found = ScriptDirectory.from_config(config).get_revision(version or "head")
    except CommandError as error:
        raise ValueError(f"There is no version {version}.") from error
    return found.revision


def _from(config: Config, version: str) -> set[str]:
    """This version and all that follow it; empty for a version this release does not know."""
    scripts = ScriptDirectory.from_config(config)
    try:
        later = {script.revision for script in scripts.iterate_revisions("head", version)}
    except CommandError:
        return set()
    return later | {version}


def _current(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


@contextmanager
def _alone(conn: Connection) -> Iterator[None]:
    """Only one at a time; SQLite's transactions see to it themselves."""
    if conn.dialect.name == "mysql":
        if not conn.execute(text("SELECT GET_LOCK(:name, :wait)"), {"name": _LOCK, "wait": _LOCK_SECONDS}).scalar():
            raise ValueError("Another upgrade of the schema is under way.")
        try:
            yield
        finally:
            conn.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": _LOCK})
    elif conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
        yield
    else:
        yield
