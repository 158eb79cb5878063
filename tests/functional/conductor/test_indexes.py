"""The queries that are asked most are answered from an index, in its order."""

import pytest
from sqlalchemy import func, select, text

from nova.conductor.db import paging
from nova.conductor.db.tables import instances, live, tasks

NEWEST = [(instances.c.created_at, "desc"), (instances.c.id, "desc")]
MINE = instances.c.project_id == "p1"

QUERIES = {
    "a project's servers": (
        paging.page(select(instances).where(live(instances), MINE), NEWEST, 10),
        "instances_project_idx",
    ),
    "all servers": (paging.page(select(instances).where(live(instances)), NEWEST, 10), "instances_all_idx"),
    "a host's servers": (
        paging.page(select(instances).where(live(instances), instances.c.host == "h"), NEWEST, 10),
        "instances_host_idx",
    ),
    "a project's use": (
        select(func.count(), func.sum(instances.c.vcpus), func.sum(instances.c.memory_mb)).where(live(instances), MINE),
        "COVERING INDEX instances_usage_idx",
    ),
    "leases that ran out": (
        select(tasks).where(tasks.c.phase == "running", tasks.c.lease_until < text("'2026'")),
        "tasks_phase_lease_until_idx",
    ),
}


def plan(database, query):
    """How SQLite says it will answer."""
    compiled = query.compile(database.engine, compile_kwargs={"literal_binds": False})
    statement, values = str(compiled), compiled.params

    def explain(conn):
        names = [values[name] for name in compiled.positiontup or ()]
        return "\n".join(row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", tuple(names)))

    return database.read(explain)


@pytest.mark.parametrize("name", QUERIES)
def test_answered_from_an_index(database, name):
    query, index = QUERIES[name]
    found = plan(database, query)
    assert index in found
    assert "TEMP B-TREE" not in found
    assert "SCAN" not in found or name == "all servers"
