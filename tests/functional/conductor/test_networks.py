"""Networks and floating ranges: made whole, shown to whom they concern, and gone only when nobody is on them."""

import pytest
from sqlalchemy import func, select

from nova.conductor import addresses
from nova.conductor.db.tables import fixed_ips, floating_ips
from nova.conductor.networks import NetworkEndpoint
from nova.contracts.cloud_network import NewNetworks
from nova.contracts.errors import AlreadyExists, BadRequest, Conflict, NotFound
from nova.contracts.record import Page
from tests.functional.conductor.fakes import Agent, cloud_in_memory
from tests.functional.conductor.rows import add_server, admin, all_at_once, user_context

OWNER = user_context()
ADMIN = admin()
PAGE = Page(limit=100)


@pytest.fixture
def cloud(conf, database, tmp_path):
    with cloud_in_memory(conf, database, tmp_path.name) as made:
        yield made


@pytest.fixture
def endpoint(cloud):
    return NetworkEndpoint(cloud)


@pytest.fixture
def agents(cloud):
    agents = {host: Agent() for host in ("net1", "net2")}
    servers = [cloud.bus.serve("network", host, [agent]) for host, agent in agents.items()]
    for server in servers:
        server.start()
    yield agents
    for server in servers:
        server.stop()


def make(endpoint, **values):
    wish = {"label": "net", "manager": "flatdhcp", "cidr": "10.0.0.0/28", "bridge": "br100"} | values
    return endpoint.create(ADMIN, wish=NewNetworks(**wish))


def server_on(database, network, **values):
    """A server with an address on the network."""

    def work(conn):
        server = add_server(conn, hostname="h", **values)
        addresses.reserve(conn, server, None, "compute1")
        return server

    return database.transaction(work)


def count(database, table):
    return database.read(lambda conn: conn.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_network_comes_with_its_addresses(endpoint, database):
    (made,) = make(endpoint, cidr_v6="fd00::/64")
    assert endpoint.get(ADMIN, id=made.uuid) == endpoint.get(ADMIN, id=str(made.id)) == made
    assert (made.gateway, made.gateway_v6, made.host) == ("10.0.0.1", "fd00::1", None)
    assert count(database, fixed_ips) == 16
    server_on(database, made)


def test_ranges_are_given_out_once_even_at_the_same_time(endpoint):
    ends = all_at_once(*[lambda: make(endpoint)] * 4)
    assert sorted(type(end).__name__ for end in ends) == ["Conflict", "Conflict", "Conflict", "list"]
    (other,) = make(endpoint, cidr="10.0.1.0/28")
    with pytest.raises(AlreadyExists):
        make(endpoint, cidr="10.0.2.0/28", uuid=other.uuid)


def test_projects_see_their_own_and_the_shared(endpoint):
    shared, own, foreign = (
        make(endpoint, cidr=f"10.0.{number}.0/28", project_id=project)[0]
        for number, project in enumerate((None, "p1", "p2"))
    )
    assert endpoint.find(OWNER, page=PAGE) == [shared, own]
    assert endpoint.find(ADMIN, page=PAGE) == [shared, own, foreign]
    assert endpoint.find(ADMIN, page=Page(limit=1, marker=shared.uuid)) == [own]
    with pytest.raises(BadRequest, match="marker"):
        endpoint.find(OWNER, page=Page(limit=1, marker=foreign.uuid))
    with pytest.raises(NotFound, match=foreign.uuid):
        endpoint.get(OWNER, id=foreign.uuid)


def test_a_network_moves_from_host_to_host(endpoint, database, agents):
    (network,) = make(endpoint)
    server_on(database, network)
    moved = endpoint.modify(ADMIN, id=network.uuid, fields={"host": "net1", "project_id": "p1"})
    assert (moved.host, moved.project_id) == ("net1", "p1")
    (served,) = agents["net1"].wait("applied")
    assert [line.address for line in served.dhcp_hosts] == ["10.0.0.2"]
    endpoint.modify(ADMIN, id=network.uuid, fields={"host": "net2"})
    assert agents["net1"].wait("forgotten") == [network.uuid]
    assert agents["net2"].wait("applied")[0].generation == served.generation + 1
    assert endpoint.modify(ADMIN, id=network.uuid, fields={"host": None, "project_id": None}).host is None
    with pytest.raises(BadRequest, match="label"):
        endpoint.modify(ADMIN, id=network.uuid, fields={"label": "x"})


def test_a_network_with_servers_stays(endpoint, database, agents):
    (network,) = make(endpoint)
    endpoint.modify(ADMIN, id=network.uuid, fields={"host": "net1"})
    server = server_on(database, network)
    with pytest.raises(Conflict, match="still in use"):
        endpoint.delete(ADMIN, id=network.uuid)
    assert count(database, fixed_ips) == 16
    database.transaction(lambda conn: addresses.release(conn, server))
    endpoint.delete(ADMIN, id=network.uuid)
    assert agents["net1"].wait("forgotten") == [network.uuid]
    assert count(database, fixed_ips) == 0
    with pytest.raises(NotFound):
        endpoint.get(ADMIN, id=network.uuid)
    make(endpoint)


def test_floating_ranges(endpoint, database):
    made = endpoint.create_floating(ADMIN, ip_range="192.0.2.0/29", pool="nova", interface="eth0")
    assert [each.address for each in made] == [f"192.0.2.{number}" for number in range(1, 7)]
    with pytest.raises(AlreadyExists, match=r"192.0.2.4 already exists"):
        endpoint.create_floating(ADMIN, ip_range="192.0.2.4", pool="nova", interface=None)
    found = endpoint.find_floating(ADMIN, page=Page(limit=2, marker="192.0.2.4"))
    assert [each.address for each in found] == ["192.0.2.5", "192.0.2.6"]
    held = floating_ips.update().where(floating_ips.c.address == "192.0.2.2").values(project_id="p1")
    database.transaction(lambda conn: conn.execute(held))
    with pytest.raises(Conflict, match=r"192.0.2.2 is in use"):
        endpoint.delete_floating(ADMIN, ip_range="192.0.2.0/29")
    assert endpoint.delete_floating(ADMIN, ip_range="192.0.2.4/30") == 2
    assert count(database, floating_ips) == 4
    for words, ip_range in {"Invalid IP range": "x", "too large": "10.0.0.0/8"}.items():
        with pytest.raises(BadRequest, match=words):
            endpoint.create_floating(ADMIN, ip_range=ip_range, pool="nova", interface=None)
