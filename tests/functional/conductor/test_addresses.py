"""Addresses are given out once each, whoever asks at the same time, and come back."""

from functools import partial

import pytest
from sqlalchemy import func, select, text, update

from nova.conductor import address_pool, addresses
from nova.conductor.db import document
from nova.conductor.db.tables import fixed_ips, floating_ips, instances, networks, virtual_interfaces
from nova.contracts.errors import AddressesRest, BadRequest, NoMoreAddresses, Unavailable
from nova.contracts.network import Vif
from nova.contracts.server import NetworkRequest
from tests.functional.conductor.fakes import Agent, cloud_in_memory
from tests.functional.conductor.network_rows import add_network, add_service
from tests.functional.conductor.rows import add_server, all_at_once, user_context

HOST = "compute1"
OWNER = user_context()


def do(database, work, *args, **kw):
    return database.transaction(lambda conn: work(conn, *args, **kw))


def reserve(database, server, wanted=None, host=HOST):
    return do(database, addresses.reserve, server, wanted, host)


def rows_of(database, server):
    query = select(fixed_ips).where(fixed_ips.c.instance_uuid == server)
    return database.read(lambda conn: conn.execute(query).all())


def generation(database, network):
    query = select(networks.c.dhcp_generation).where(networks.c.id == network.id)
    return database.read(lambda conn: conn.execute(query).scalar_one())


def addresses_of(vifs):
    return [ip.address for vif in vifs for ip in vif.ips]


def test_a_server_gets_an_address_on_each_of_its_networks(database):
    late = do(database, add_network, cidr="10.1.0.0/28", priority=2)
    first = do(database, add_network, cidr="10.2.0.0/28", priority=1, cidr_v6="fd00:1::/64", gateway_v6="fd00:1::1")
    do(database, add_network, cidr="10.3.0.0/28", project_id="another")
    server = do(database, add_server)
    vifs = reserve(database, server)
    assert [vif.network.id for vif in vifs] == [first.uuid, late.uuid]
    assert addresses_of(vifs)[::2] == ["10.2.0.2", "10.1.0.2"]
    assert vifs[0].ips[1].address.startswith("fd00:1::f816:3eff:fe")
    assert all(vif.device == f"tap{vif.id[:11]}" and vif.address.startswith("fa:16:3e:") for vif in vifs)
    info = database.read(lambda c: c.execute(select(instances.c.network_info)).scalar_one())
    assert document.load(info, list[Vif]) == vifs
    assert generation(database, first) == 1


def test_asked_again_it_answers_the_same(database):
    network = do(database, add_network)
    server = do(database, add_server)
    assert reserve(database, server) == reserve(database, server)
    assert len(rows_of(database, server)) == 1
    assert generation(database, network) == 1


def test_none_means_none(database):
    do(database, add_network)
    assert reserve(database, do(database, add_server), "none") == []


def test_exactly_what_was_asked_for(database):
    do(database, add_network)
    network = do(database, add_network, cidr="10.5.0.0/28")
    server = do(database, add_server)
    wanted = [NetworkRequest(network=network.uuid, fixed_ip="10.5.0.9", tag="db")]
    do(database, addresses.check, OWNER, wanted)
    (vif,) = reserve(database, server, wanted)
    assert (vif.network.id, addresses_of([vif]), vif.tag) == (network.uuid, ["10.5.0.9"], "db")
    with pytest.raises(BadRequest, match=r"10.5.0.9 is already in use"):
        do(database, addresses.check, OWNER, wanted)
    with pytest.raises(BadRequest, match=r"10.5.0.9 is already in use"):
        reserve(database, do(database, add_server), wanted)


def test_what_cannot_be_had_is_refused_by_name(database):
    network = do(database, add_network)
    foreign = do(database, add_network, cidr="10.6.0.0/28", project_id="another")
    cases = {
        "Network nowhere could not be found": [NetworkRequest(network="nowhere")],
        f"Network {foreign.uuid} could not be found": [NetworkRequest(network=foreign.uuid)],
        f"Network {network.uuid} is duplicated": [NetworkRequest(network=network.uuid)] * 2,
        "10.9.9.9 is not in network": [NetworkRequest(network=network.uuid, fixed_ip="10.9.9.9")],
        "10.0.0.1 is already in use": [NetworkRequest(network=network.uuid, fixed_ip="10.0.0.1")],
    }
    for words, wanted in cases.items():
        with pytest.raises(BadRequest, match=words):
            do(database, addresses.check, OWNER, wanted)


def test_release_leaves_nothing(database):
    network = do(database, add_network)
    server = do(database, add_server)
    reserve(database, server)
    (row,) = rows_of(database, server)
    do(database, lambda c: c.execute(floating_ips.insert().values(address="192.0.2.1", fixed_ip_id=row.id)))
    for _ in range(2):
        do(database, addresses.release, server)
        assert rows_of(database, server) == []
        assert generation(database, network) == 2
    assert database.read(lambda c: c.execute(select(func.count()).select_from(virtual_interfaces)).scalar_one()) == 0
    assert database.read(lambda c: c.execute(select(floating_ips.c.fixed_ip_id)).scalar_one()) is None
    assert database.read(lambda c: c.execute(select(instances.c.network_info)).scalar_one()) == "[]"


def test_the_longest_unused_address_comes_first(database):
    do(database, add_network)
    servers = [do(database, add_server) for _ in range(3)]
    assert addresses_of(reserve(database, servers[0])) == ["10.0.0.2"]
    do(database, addresses.release, servers[0])
    assert addresses_of(reserve(database, servers[1])) == ["10.0.0.3"]


def test_a_leased_address_rests_until_its_time_is_over(database):
    do(database, add_network, cidr="10.0.0.0/30", reserved=2)
    servers = [do(database, add_server) for _ in range(2)]
    reserve(database, servers[0])
    do(database, lambda c: c.execute(update(fixed_ips).values(leased=True)))
    do(database, addresses.release, servers[0])
    with pytest.raises(NoMoreAddresses, match="net"):
        reserve(database, servers[1])
    assert do(database, addresses.stale, 600) == 0
    assert do(database, addresses.stale, -1) == 1
    assert addresses_of(reserve(database, servers[1])) == ["10.0.0.2"]


def test_a_freed_address_rests_while_its_metadata_may_still_be_told(database):
    """Whoever got it at once would be told the keys and user data of the server of before."""
    do(database, add_network, cidr="10.0.0.0/29", reserved=5)
    network = database.read(lambda c: c.execute(select(networks)).one())
    exactly = [NetworkRequest(network=network.uuid, fixed_ip="10.0.0.5")]
    servers = [do(database, add_server) for _ in range(4)]
    for server, address in zip(servers[:2], ("10.0.0.5", "10.0.0.6"), strict=True):
        assert addresses_of(do(database, addresses.reserve, server, None, HOST, rested=60)) == [address]
    with pytest.raises(NoMoreAddresses):
        do(database, addresses.reserve, servers[2], None, HOST, rested=60)
    do(database, addresses.release, servers[0])
    for wanted in (None, exactly):
        with pytest.raises(AddressesRest, match="net"):
            do(database, addresses.reserve, servers[2], wanted, HOST, rested=60)
    assert addresses_of(do(database, addresses.reserve, servers[2], exactly, HOST, rested=0)) == ["10.0.0.5"]


def test_a_stale_sweep_leaves_addresses_on_interfaces_alone(database):
    do(database, add_network)
    server = do(database, add_server)
    reserve(database, server)
    do(database, addresses._retire, server)
    assert do(database, addresses.stale, -1) == 0


def test_a_project_takes_one_free_vlan_for_itself(database):
    for vlan in (100, 101):
        do(database, add_network, cidr=f"10.{vlan}.0.0/28", vlan=vlan)
    first, second, other = (do(database, add_server, project=name) for name in ("a", "a", "b"))
    found = [reserve(database, server)[0].network.vlan for server in (first, second, other)]
    assert found == [100, 100, 101]


def test_a_host_serves_a_multi_host_network_under_its_own_address(database):
    do(database, add_network, multi_host=True)
    subnets = [reserve(database, do(database, add_server), host=host)[0].ips[0].subnet for host in ("a", "b", "a")]
    assert subnets[0] == subnets[2] != subnets[1]
    assert subnets[0].gateway == subnets[0].dhcp_server


def rivals(database, count):
    """That many servers ask at once; answers them, and the addresses they got or the errors."""
    servers = [do(database, add_server) for _ in range(count)]
    asked = [partial(reserve, database, server) for server in servers]
    return servers, [addresses_of(got)[0] if isinstance(got, list) else got for got in all_at_once(*asked)]


def test_rivals_never_get_the_same_address(database):
    network = do(database, add_network)
    servers, got = rivals(database, 30)
    won = {address for address in got if isinstance(address, str)}
    lost = [error for error in got if isinstance(error, NoMoreAddresses)]
    assert (len(won), len(lost)) == (13, 17), got
    assert generation(database, network) == 13
    for server in servers:
        do(database, addresses.release, server)
    assert set(rivals(database, 13)[1]) == won


def test_the_next_address_is_found_by_the_index_alone(database):
    """Sorting would read, and on some databases lock, every free address of the network."""
    do(database, add_network, cidr="10.0.0.0/20")
    query = address_pool._longest_unused(database.engine.dialect.name, 1)
    words = {"sqlite": "EXPLAIN QUERY PLAN ", "mysql": "EXPLAIN ", "postgresql": "EXPLAIN "}[
        database.engine.dialect.name
    ]
    plain = words + str(query.compile(database.engine, compile_kwargs={"literal_binds": True}))
    do(database, lambda conn: conn.execute(text("ANALYZE TABLE fixed_ips" if "FORCE" in plain else "ANALYZE")))
    plan = str(database.read(lambda conn: conn.execute(text(plain)).all()))
    assert "fixed_ips_free_idx" in plan
    assert not any(sign in plan for sign in ("filesort", "Sort", "TEMP B-TREE"))


def test_projects_that_come_together_take_different_vlans(database):
    for vlan in range(100, 104):
        do(database, add_network, cidr=f"10.{vlan}.0.0/28", vlan=vlan)
    servers = [do(database, add_server, project=name) for name in "aabbccdd"]
    got = all_at_once(*[partial(reserve, database, server) for server in servers])
    taken = [vifs[0].network.vlan for vifs in got]
    assert taken[::2] == taken[1::2]
    assert sorted(taken[::2]) == [100, 101, 102, 103]


@pytest.fixture
def cloud(conf, database, tmp_path):
    with cloud_in_memory(conf, database, tmp_path.name) as made:
        yield made


@pytest.fixture
def agent(cloud):
    agent = Agent()
    server = cloud.bus.serve("network", "net1", [agent])
    server.start()
    yield agent
    server.stop()


def test_the_serving_host_is_told_once_a_network(cloud, agent, database):
    network = do(database, add_network)
    server = do(database, add_server, host=HOST, hostname="h")
    (vif,) = reserve(database, server)
    do(database, add_service, "net0", disabled=True)
    do(database, add_service, "net1")
    addresses.tell_agents(cloud, OWNER, server, remove=False)
    assert agent.told == [(network.uuid, "10.0.0.1", ["10.0.0.2"], [], 1)]
    addresses.tell_agents(cloud, OWNER, server, remove=True)
    assert agent.told[1:] == [(network.uuid, "10.0.0.1", [], [vif.address], 2)]
    assert [row.allocated for row in rows_of(database, server)] == [False]
    assert cloud.bus.sent["agent.serve"] == 2


def test_a_line_that_comes_too_late_is_not_told(cloud, agent, database):
    """A conductor that lost its lease goes on while the one that has it takes the addresses back."""
    do(database, add_network)
    server = do(database, add_server, host=HOST, hostname="h")
    reserve(database, server)
    do(database, add_service, "net1")
    info = database.read(lambda c: c.execute(select(instances.c.network_info)).scalar_one())
    do(database, addresses._retire, server)
    addresses.tell_agents(cloud, OWNER, server, remove=False)
    do(database, addresses.release, server)
    do(database, lambda c: c.execute(update(instances).values(network_info=info)))
    addresses.tell_agents(cloud, OWNER, server, remove=False)
    assert agent.told == []


def test_without_interfaces_nobody_is_told(cloud, agent, database):
    server = do(database, add_server)
    addresses.tell_agents(cloud, OWNER, server, remove=False)
    addresses.tell_agents(cloud, OWNER, server, remove=True)
    assert agent.told == []


def test_without_nova_network_the_reason_is_said(cloud, database):
    do(database, add_network)
    do(database, add_service, "net1", stopped=True)
    server = do(database, add_server, host=HOST, hostname="h")
    reserve(database, server)
    with pytest.raises(Unavailable, match="nova-network"):
        addresses.tell_agents(cloud, OWNER, server, remove=False)
    addresses.tell_agents(cloud, OWNER, server, remove=True)
