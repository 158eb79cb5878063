"""Fixed addresses for operators."""

import pytest
from sqlalchemy import insert

from nova.conductor.db.tables import fixed_ips, networks
from nova.conductor.fixed_ips import FixedIpEndpoint
from nova.contracts.errors import BadRequest, Forbidden, NotFound
from nova.contracts.record import Page
from tests.functional.conductor.rows import add_server, admin, user_context


@pytest.fixture
def endpoint(database):
    def work(conn):
        network = conn.execute(insert(networks).values(uuid="n", label="private")).inserted_primary_key[0]
        server = add_server(conn, hostname="web", host="host1")
        rows = [{"address": f"10.0.0.{n}", "network_id": network} for n in (2, 10, 11)]
        conn.execute(insert(fixed_ips), rows)
        conn.execute(
            fixed_ips.update()
            .where(fixed_ips.c.address == "10.0.0.10")
            .values(instance_uuid=server, allocated=True, leased=True)
        )

    database.transaction(work)
    return FixedIpEndpoint(database)


def find(endpoint, host=None, **page):
    return endpoint.find(admin(), page=Page(**({"limit": 10} | page)), host=host)


def test_in_the_order_they_were_made(endpoint):
    assert [ip.address for ip in find(endpoint)] == ["10.0.0.2", "10.0.0.10", "10.0.0.11"]
    assert [ip.address for ip in find(endpoint, limit=1, marker="10.0.0.2")] == ["10.0.0.10"]
    with pytest.raises(BadRequest, match="marker"):
        find(endpoint, marker="10.9.9.9")


def test_who_has_it(endpoint):
    (used,) = find(endpoint, host="host1")
    assert (used.address, used.network, used.hostname, used.allocated, used.leased) == (
        "10.0.0.10",
        "private",
        "web",
        True,
        True,
    )


def test_reserved_and_given_back(endpoint):
    endpoint.reserve(admin(), address="10.0.0.2", reserved=True)
    assert [ip.reserved for ip in find(endpoint)] == [True, False, False]
    endpoint.reserve(admin(), address="10.0.0.2", reserved=False)
    assert not find(endpoint)[0].reserved
    with pytest.raises(NotFound):
        endpoint.reserve(admin(), address="10.9.9.9", reserved=True)


def test_only_for_operators(endpoint):
    with pytest.raises(Forbidden):
        endpoint.find(user_context(), page=Page(limit=1))
    with pytest.raises(Forbidden):
        endpoint.reserve(user_context(), address="10.0.0.2", reserved=True)
