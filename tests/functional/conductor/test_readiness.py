"""A conductor works only with a schema that its release knows, and says how to get one."""

import pytest
from sqlalchemy import text

from nova.conductor.db import readiness, schema
from nova.conductor.db.engine import Database
from nova.conductor.db.trouble import Unusable
from tests.databases import make_conf, sqlite_url


def set_version(database, version):
    database.transaction(
        lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": version})
    )


def test_the_files_names_say_what_alembic_says():
    assert readiness.newest() == schema.newest()


def test_this_releases_schema_and_later_ones_are_taken(database):
    readiness.require(database)
    set_version(database, "9999")
    readiness.require(database)


def test_an_earlier_schema_is_not(database):
    set_version(database, "0001")
    with pytest.raises(Unusable, match=f"at 0001, this release needs {schema.newest()}. Run: nova-manage db sync"):
        readiness.require(database)


def test_an_empty_database_is_not(tmp_path):
    database = Database(make_conf(sqlite_url(tmp_path / "empty.db")))
    with pytest.raises(Unusable, match=r"no tables yet\. Run: nova-manage db sync"):
        readiness.require(database)
    database.close()
