"""The conductor's functional tests again, on MariaDB and PostgreSQL: fixtures of the same names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from oslo_config import cfg

from nova.conductor.db.engine import Database
from tests.databases import empty, make_conf
from tests.integration.databases import KINDS, with_schema


@pytest.fixture(scope="session", params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """One server a kind for the whole run."""
    with with_schema(request.param) as url:
        yield url


@pytest.fixture
def conf(database_url: str) -> cfg.ConfigOpts:
    """Settings that name the server's database; tests may override options."""
    return make_conf(database_url)


@pytest.fixture
def database(conf: cfg.ConfigOpts) -> Iterator[Database]:
    """The database with the newest schema and no rows."""
    made = Database(conf)
    empty(made)
    yield made
    made.close()
