"""Services: signs of life by the database's clock, zones, and what operators change."""

import datetime

import pytest
from sqlalchemy import insert, select, update

from nova.conductor.db.tables import aggregate_hosts, aggregate_metadata, aggregates, services
from nova.conductor.services import ServiceEndpoint
from nova.contracts.errors import BadRequest, Conflict, NotFound
from nova.contracts.service import ServiceChange
from tests.functional.conductor.rows import add_host, add_server, admin, all_at_once


@pytest.fixture
def endpoint(database, conf):
    return ServiceEndpoint(database, conf)


def beat(endpoint, binary="nova-compute", host="host1"):
    endpoint.beat(admin(), binary=binary, host=host, topic=binary.removeprefix("nova-"))


def age(database, seconds):
    """All signs of life were so long ago."""

    def work(conn):
        for number, seen in conn.execute(select(services.c.id, services.c.last_seen_up)).all():
            earlier = seen - datetime.timedelta(seconds=seconds)
            conn.execute(update(services).where(services.c.id == number).values(last_seen_up=earlier))

    database.transaction(work)


def put_in_zone(database, zone, *hosts):
    def work(conn):
        number = conn.execute(insert(aggregates).values(uuid=zone, name=zone)).inserted_primary_key[0]
        conn.execute(insert(aggregate_metadata).values(aggregate_id=number, key="availability_zone", value=zone))
        for host in hosts:
            conn.execute(insert(aggregate_hosts).values(aggregate_id=number, host=host))

    database.transaction(work)


def test_the_first_sign_of_life_registers(endpoint, database):
    beat(endpoint)
    before = database.queries
    beat(endpoint)
    assert database.queries - before == 1
    (service,) = endpoint.find(admin())
    assert (service.binary, service.host, service.topic, service.zone) == ("nova-compute", "host1", "compute", "nova")
    assert (service.alive, service.disabled, service.forced_down) == (True, False, False)


def test_the_first_sign_of_life_may_reach_two_conductors(endpoint):
    ends = all_at_once(*[lambda: beat(endpoint)] * 6)
    assert ends == [None] * 6
    assert len(endpoint.find(admin())) == 1


def test_silence_is_death(endpoint, database, conf):
    beat(endpoint)
    age(database, conf.service_down_time - 5)
    assert endpoint.find(admin())[0].alive
    age(database, 10)
    assert not endpoint.find(admin())[0].alive
    beat(endpoint)
    assert endpoint.find(admin())[0].alive


def test_a_daemon_that_says_goodbye_is_down_at_once(endpoint):
    beat(endpoint)
    endpoint.stopped(admin(), binary="nova-compute", host="host1")
    assert not endpoint.find(admin())[0].alive
    beat(endpoint)
    assert endpoint.find(admin())[0].alive


def test_new_computes_may_wait_for_the_operator(endpoint, conf):
    conf.set_override("enable_new_services", False)
    beat(endpoint)
    beat(endpoint, "nova-network")
    assert [service.disabled for service in endpoint.find(admin())] == [True, False]


def test_find_by_host_and_binary(endpoint):
    for binary, host in [("nova-compute", "host1"), ("nova-compute", "host2"), ("nova-network", "host1")]:
        beat(endpoint, binary, host)
    assert [s.host for s in endpoint.find(admin(), binary="nova-compute")] == ["host1", "host2"]
    assert [s.binary for s in endpoint.find(admin(), host="host1")] == ["nova-compute", "nova-network"]


def test_operators_disable_force_down_and_enable(endpoint):
    beat(endpoint)
    which = {"host": "host1", "binary": "nova-compute"}
    changed = endpoint.change(admin(), change=ServiceChange(disabled=True, disabled_reason="disk"), **which)
    assert (changed.disabled, changed.disabled_reason, changed.alive) == (True, "disk", True)
    changed = endpoint.change(admin(), change=ServiceChange(forced_down=True), uuid=changed.uuid)
    assert (changed.disabled, changed.disabled_reason, changed.alive) == (True, "disk", False)
    changed = endpoint.change(admin(), change=ServiceChange(disabled=False, forced_down=False), uuid=changed.uuid)
    assert (changed.disabled, changed.disabled_reason, changed.alive) == (False, None, True)


@pytest.mark.parametrize("change", [ServiceChange(), ServiceChange(disabled_reason="x")])
def test_changes_that_say_nothing_are_refused(endpoint, change):
    beat(endpoint)
    with pytest.raises(BadRequest):
        endpoint.change(admin(), change=change, host="host1", binary="nova-compute")


def test_unknown_services_are_not_found(endpoint):
    with pytest.raises(NotFound):
        endpoint.change(admin(), change=ServiceChange(disabled=True), host="host1", binary="nova-compute")
    with pytest.raises(NotFound):
        endpoint.delete(admin(), id="77")
    with pytest.raises(NotFound):
        endpoint.delete(admin(), id="no-such-uuid")


def test_zones(endpoint, database):
    for binary, host in [("nova-compute", "host1"), ("nova-compute", "host2"), ("nova-conductor", "host1")]:
        beat(endpoint, binary, host)
    put_in_zone(database, "east", "host2")
    endpoint.change(admin(), change=ServiceChange(disabled=True), host="host2", binary="nova-compute")
    zones = endpoint.zones(admin(), with_services=True)
    assert [(zone.name, zone.available) for zone in zones] == [("east", False), ("internal", True), ("nova", True)]
    assert [service.host for service in zones[0].services] == ["host2"]
    assert all(zone.services == [] for zone in endpoint.zones(admin()))


def test_a_compute_with_servers_stays(endpoint, database, conf):
    add_host(database, conf)
    database.transaction(lambda conn: add_server(conn, host="host1"))
    (service,) = endpoint.find(admin())
    with pytest.raises(Conflict, match="hosting instances"):
        endpoint.delete(admin(), id=service.uuid)
    assert len(endpoint.find(admin())) == 1


def test_a_deleted_compute_may_come_back(endpoint, database, conf):
    first = add_host(database, conf)
    (service,) = endpoint.find(admin())
    endpoint.delete(admin(), id=str(service.id))
    assert endpoint.find(admin()) == []
    assert add_host(database, conf) != first
    assert endpoint.find(admin())[0].id != service.id


@pytest.mark.parametrize("host", ["", "a b", "a\0b", "a\nb", "h" * 256, "höst"])
def test_what_is_no_host_name_registers_nobody(endpoint, host):
    with pytest.raises(BadRequest, match="1 to 255 visible characters"):
        beat(endpoint, host=host)
    assert endpoint.find(admin()) == []
