"""What network hosts are told, and what they are believed."""

import pytest
from sqlalchemy import select, update

from nova.conductor import addresses
from nova.conductor.db.tables import fixed_ips, floating_ips
from nova.conductor.network_plans import NetworkPlanEndpoint
from nova.contracts.errors import HostNotOwner, NotFound
from tests.functional.conductor.fakes import cloud_in_memory
from tests.functional.conductor.network_rows import add_network
from tests.functional.conductor.rows import add_server, admin

ADMIN = admin()


@pytest.fixture
def endpoint(conf, database, tmp_path):
    with cloud_in_memory(conf, database, tmp_path.name) as cloud:
        yield NetworkPlanEndpoint(cloud)


def boot(database, host="compute1", hostname="h", networks=None):
    """A server with its interfaces: its uuid, and the first interface's MAC and address."""

    def work(conn):
        server = add_server(conn, hostname=hostname, host=host)
        vif = addresses.reserve(conn, server, networks, host)[0]
        return server, vif.address, vif.ips[0].address

    return database.transaction(work)


def state(database, address):
    query = select(fixed_ips.c.allocated, fixed_ips.c.leased, fixed_ips.c.instance_uuid)
    return tuple(database.read(lambda conn: conn.execute(query.where(fixed_ips.c.address == address)).one()))


def test_a_plan_holds_what_the_host_serves(endpoint, database):
    mine = database.transaction(lambda conn: add_network(conn, cidr="10.0.0.0/28", host="net1"))
    database.transaction(lambda conn: add_network(conn, cidr="10.1.0.0/28", host="net2"))
    server, mac, address = boot(database, hostname="web")
    fixed = select(fixed_ips.c.id).where(fixed_ips.c.address == address).scalar_subquery()
    row = {"address": "192.0.2.1", "pool": "nova", "fixed_ip_id": fixed}
    database.transaction(lambda conn: conn.execute(floating_ips.insert().values(**row)))
    before = database.queries
    plan = endpoint.plan(ADMIN, host="net1")
    assert database.queries - before == 3
    (served,) = plan.networks
    assert (served.network.uuid, served.dhcp_address, served.generation) == (mine.uuid, "10.0.0.1", 1)
    (line,) = served.dhcp_hosts
    assert (line.mac, line.address, line.hostname, line.server, line.default_route) == (
        mac,
        address,
        "web",
        server,
        True,
    )
    assert [(each.address, each.fixed_address, each.server) for each in served.floating] == [
        ("192.0.2.1", address, server)
    ]
    (second,) = endpoint.plan(ADMIN, host="net2").networks
    assert [line.default_route for line in second.dhcp_hosts] == [False]
    assert endpoint.plan(ADMIN, host="elsewhere").networks == []


def test_addresses_that_are_being_given_back_are_in_no_plan(endpoint, database):
    database.transaction(lambda conn: add_network(conn, host="net1"))
    server, *_ = boot(database)
    database.transaction(lambda conn: addresses._retire(conn, server))
    (served,) = endpoint.plan(ADMIN, host="net1").networks
    assert (served.dhcp_hosts, served.generation) == ([], 2)


def test_multi_host_networks_are_planned_where_their_servers_are(endpoint, database):
    database.transaction(lambda conn: add_network(conn, multi_host=True))
    one, two = boot(database, host="a"), boot(database, host="b")
    plans = [endpoint.plan(ADMIN, host=host).networks for host in "abc"]
    assert [[line.server for line in plan[0].dhcp_hosts] for plan in plans[:2]] == [[one[0]], [two[0]]]
    assert plans[0][0].dhcp_address != plans[1][0].dhcp_address
    assert plans[2] == []
    endpoint.leased(ADMIN, host="a", mac=one[1], address=one[2])
    with pytest.raises(HostNotOwner):
        endpoint.leased(ADMIN, host="b", mac=one[1], address=one[2])


def test_a_lease_is_known_until_it_ends(endpoint, database):
    network = database.transaction(lambda conn: add_network(conn, host="net1"))
    server, mac, address = boot(database)
    boot(database)
    assert endpoint.leases(ADMIN, host="net1", network_id=network.id) == []
    endpoint.leased(ADMIN, host="net1", mac=mac.upper(), address=address)
    assert [line.address for line in endpoint.leases(ADMIN, host="net1", network_id=network.id)] == [address]
    endpoint.released(ADMIN, host="net1", mac=mac, address=address)
    assert state(database, address) == (True, False, server)


def test_the_address_of_a_gone_server_is_free_once_its_lease_ends(endpoint, database):
    database.transaction(lambda conn: add_network(conn, host="net1"))
    server, mac, address = boot(database)
    endpoint.leased(ADMIN, host="net1", mac=mac, address=address)
    database.transaction(lambda conn: addresses.release(conn, server))
    assert state(database, address) == (False, True, server)
    endpoint.released(ADMIN, host="net1", mac=mac, address=address)
    assert state(database, address) == (False, False, None)


def test_a_lease_that_ends_before_the_release_leaves_nothing_waiting(endpoint, database):
    database.transaction(lambda conn: add_network(conn, host="net1"))
    server, mac, address = boot(database)
    endpoint.leased(ADMIN, host="net1", mac=mac, address=address)
    database.transaction(lambda conn: addresses._retire(conn, server))
    endpoint.released(ADMIN, host="net1", mac=mac, address=address)
    assert state(database, address) == (False, False, server)
    database.transaction(lambda conn: addresses.release(conn, server))
    assert state(database, address) == (False, False, None)


def test_word_of_another_card_changes_nothing(endpoint, database):
    database.transaction(lambda conn: add_network(conn, host="net1"))
    server, _, address = boot(database)
    endpoint.leased(ADMIN, host="net1", mac="fa:16:3e:00:00:00", address=address)
    assert state(database, address) == (True, False, server)
    database.transaction(lambda conn: conn.execute(update(fixed_ips).values(leased=True)))
    endpoint.released(ADMIN, host="net1", mac="fa:16:3e:00:00:00", address=address)
    assert state(database, address) == (True, True, server)


def test_a_host_is_believed_only_about_what_it_serves(endpoint, database):
    network = database.transaction(lambda conn: add_network(conn, host="net1"))
    _, mac, address = boot(database)
    for attempt in (
        lambda: endpoint.leases(ADMIN, host="thief", network_id=network.id),
        lambda: endpoint.leased(ADMIN, host="thief", mac=mac, address=address),
        lambda: endpoint.released(ADMIN, host="thief", mac=mac, address=address),
    ):
        with pytest.raises(HostNotOwner, match=f"thief does not serve network {network.uuid}"):
            attempt()
    with pytest.raises(NotFound):
        endpoint.leased(ADMIN, host="net1", mac=mac, address="10.9.9.9")
    with pytest.raises(NotFound):
        endpoint.leases(ADMIN, host="net1", network_id=0)


def test_a_plan_costs_the_same_for_many(endpoint, database):
    for number in range(3):
        database.transaction(lambda conn, number=number: add_network(conn, cidr=f"10.{number}.0.0/26", host="net1"))
    for _ in range(20):
        boot(database)
    before = database.queries
    plan = endpoint.plan(ADMIN, host="net1")
    assert database.queries - before == 3
    assert [len(served.dhcp_hosts) for served in plan.networks] == [20] * 3
    assert sum(line.default_route for served in plan.networks for line in served.dhcp_hosts) == 20
