"""Pages joined are the whole list, whatever is NULL or equal."""

import itertools

import pytest
from sqlalchemy import insert, select

from nova.conductor.db import paging
from nova.conductor.db.tables import instances

KEYS = {column.name: column for column in instances.c}


@pytest.fixture
def rows(database):
    hosts = (None, "a", "b")
    states = (None, "x", "y")
    values = [
        {"uuid": f"{n}", "host": host, "task_state": state, "vcpus": n % 2}
        for n, (host, state) in enumerate(itertools.product(hosts, states))
    ]
    database.transaction(lambda conn: conn.execute(insert(instances), values))
    return database


def pages(database, order, limit):
    found, after = [], None
    while True:
        query = paging.page(select(instances), order, limit, after)
        rows = database.read(lambda conn, query=query: conn.execute(query).all())
        found += [row.uuid for row in rows]
        if len(rows) < limit:
            return found
        after = [rows[-1]._mapping[column] for column, _ in order]


@pytest.mark.parametrize("directions", list(itertools.product(("asc", "desc"), repeat=3)))
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_any_order_any_limit(rows, directions, limit):
    sort = list(zip(("host", "vcpus", "task_state"), directions, strict=True))
    order = paging.order_of(sort, KEYS, instances.c.id)
    whole = pages(rows, order, 100)
    assert pages(rows, order, limit) == whole
    assert sorted(whole) == sorted(str(n) for n in range(9))
    assert (whole[0] in "012") == (directions[0] == "asc")
