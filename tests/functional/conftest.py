"""A conductor's database for functional tests: SQLite in a file, its schema made by the migrations."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from oslo_config import cfg

from nova.conductor.db import schema
from nova.conductor.db.engine import Database
from tests.databases import make_conf, sqlite_url


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema and no rows, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    database = Database(make_conf(sqlite_url(path)))
    schema.sync(database)
    database.close()
    return path


@pytest.fixture
def conf(empty_sqlite: Path, tmp_path: Path) -> cfg.ConfigOpts:
    """Settings with a fresh database; tests may override options."""
    return make_conf(sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db")))


@pytest.fixture
def database(conf: cfg.ConfigOpts) -> Iterator[Database]:
    """A fresh database with the newest schema."""
    made = Database(conf)
    yield made
    made.close()
