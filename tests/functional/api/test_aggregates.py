"""/os-aggregates over a real conductor."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from nova.conductor.db.tables import aggregate_hosts, aggregate_metadata, aggregates

UUID = "00000000-0000-4000-8000-000000000001"
KEYS = {"id", "name", "availability_zone", "hosts", "metadata", "created_at", "updated_at", "deleted", "deleted_at"}


@pytest.fixture
def admin(cloud, conductor, database):
    def work(conn):
        for uuid, name in ((UUID, "west"), (UUID[:-1] + "2", "fast")):
            conn.execute(insert(aggregates).values(uuid=uuid, name=name))
        conn.execute(insert(aggregate_metadata).values(aggregate_id=1, key="availability_zone", value="west"))
        conn.execute(insert(aggregate_metadata).values(aggregate_id=2, key="ssd", value="true"))
        for number, host in ((1, "one"), (1, "two"), (2, "one")):
            conn.execute(insert(aggregate_hosts).values(aggregate_id=number, host=host))

    database.transaction(work)
    return cloud.client("admin", "admin")


def test_aggregates(admin):
    west, fast = admin("GET", "/os-aggregates").json["aggregates"]
    assert set(west) == KEYS and west["availability_zone"] == "west" and west["hosts"] == ["one", "two"]
    assert fast["availability_zone"] is None and fast["metadata"] == {"ssd": "true"} and fast["hosts"] == ["one"]
    shown = admin("GET", "/os-aggregates/1", version="2.41").json["aggregate"]
    assert set(shown) == KEYS | {"uuid"} and shown["uuid"] == UUID and shown["created_at"]


def test_an_aggregate_has_a_number(admin):
    assert admin("GET", "/os-aggregates/9").status_int == 404
    assert admin("GET", f"/os-aggregates/{'9' * 30}").status_int == 404
    assert admin("GET", "/os-aggregates/west").status_int == 400


def test_aggregates_are_the_administrators(cloud, admin):
    assert cloud.client()("GET", "/os-aggregates").status_int == 403
    assert cloud.client()("GET", "/os-aggregates/1").status_int == 403
