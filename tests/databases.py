"""Databases for tests: settings that name one, and a way to empty it between tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oslo_config import cfg

from nova.base import settings as base_settings
from nova.conductor import settings
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import METADATA


def make_conf(connection: str, **overrides: Any) -> cfg.ConfigOpts:
    """Settings of a conductor with this database; `overrides` are options of DEFAULT."""
    conf = cfg.ConfigOpts()
    base_settings.register(conf, [base_settings.OPTIONS, settings.OPTIONS])
    conf([], project="nova", default_config_files=[], default_config_dirs=[])
    conf.set_override("connection", connection, "database")
    for name, value in overrides.items():
        conf.set_override(name, value)
    return conf


def sqlite_url(path: Path) -> str:
    """The URL of a database in this file."""
    return f"sqlite:///{path}"


def empty(database: Database) -> None:
    """Delete every row, children first."""

    def work(conn: Any) -> None:
        for table in reversed(METADATA.sorted_tables):
            conn.execute(table.delete())

    database.transaction(work)
