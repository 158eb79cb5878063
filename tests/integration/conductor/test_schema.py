"""The migrations on MariaDB and PostgreSQL."""

import threading

import pytest

from nova.conductor.db import schema
from nova.conductor.db.engine import Database
from tests.databases import make_conf
from tests.functional.conductor.test_schema import (  # noqa: F401 - collected here too
    differences,
    test_migrations_make_the_tables,
    test_sync_again_changes_nothing,
    test_there_is_no_way_back,
)
from tests.integration.databases import KINDS, server

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("kind", KINDS)
def test_two_syncs_at_once(kind):
    with server(kind) as url:
        databases = [Database(make_conf(url)) for _ in range(2)]
        reached = []
        threads = [threading.Thread(target=lambda d=d: reached.append(schema.sync(d))) for d in databases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert reached == [schema.newest()] * 2
        assert differences(databases[0]) == []
        for database in databases:
            database.close()
