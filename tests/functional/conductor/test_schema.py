"""The migrations make what the tables say."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from nova.conductor.db import schema
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import METADATA
from tests.databases import make_conf, sqlite_url


def differences(database):
    """What Alembic would change to make the database what the tables say."""
    with database.engine.connect() as conn:
        return compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), METADATA)


def test_migrations_make_the_tables(database):
    assert differences(database) == []
    assert schema.version(database) == schema.newest()


def test_sync_again_changes_nothing(database):
    assert schema.sync(database) == schema.newest()


def test_an_unknown_version_is_refused(database):
    with pytest.raises(ValueError, match="no version 9999"):
        schema.sync(database, "9999")


def test_there_is_no_way_back(database):
    with pytest.raises(ValueError, match="no way back"):
        schema.sync(database, "0001")


def test_versions_may_be_taken_one_by_one(tmp_path):
    database = Database(make_conf(sqlite_url(tmp_path / "new.db")))
    assert schema.version(database) is None
    assert schema.sync(database, "0001") == "0001"
    assert schema.version(database) == "0001"
    assert schema.sync(database) == schema.newest()
    database.close()
