"""Hypervisors: what hosts report, what is claimed of it, and what the scheduler hears of it."""

from functools import partial

import pytest
from sqlalchemy import select

from nova.conductor import host_report, placement
from nova.conductor.db.tables import inventories
from nova.conductor.host_table import HostTableEndpoint
from nova.conductor.hosts import HostsEndpoint
from nova.conductor.hypervisors import HypervisorEndpoint
from nova.conductor.services import ServiceEndpoint
from nova.conductor.tasks.plan import Cloud
from nova.contracts.errors import BadRequest, Conflict, NotFound
from nova.contracts.record import Page
from nova.contracts.service import ServiceChange
from tests.functional.conductor.rows import a_report, add_host, add_server, admin, all_at_once
from tests.functional.conductor.test_services import age, put_in_zone


@pytest.fixture
def hypervisors(database, conf):
    return HypervisorEndpoint(database, conf)


@pytest.fixture
def services(database, conf):
    return ServiceEndpoint(database, conf)


@pytest.fixture
def table(database, conf):
    return HostTableEndpoint(database, conf)


def report(database, conf, host="host1", **facts):
    record = a_report(**({"hostname": f"{host}.example"} | facts))
    database.transaction(lambda conn: host_report.write(conn, conf, host, record))


def find(endpoint, limit=10, **kw):
    marker = kw.pop("marker", None)
    return endpoint.find(admin(), page=Page(limit=limit, marker=marker), **kw)


def test_a_report_comes_back_with_what_is_used(database, conf, hypervisors):
    provider = add_host(database, conf)

    def work(conn):
        first = add_server(conn, host="host1", node="host1.example", task_state="rebooting")
        add_server(conn, host="host1", node="host1.example")
        add_server(conn, host="host1", node="host1.example", deleted=5)
        placement.claim(conn, provider, first, {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 2})

    database.transaction(work)
    (found,) = find(hypervisors, with_servers=True)
    assert found.report == a_report("host1.example")
    assert (found.vcpus_used, found.memory_mb_used, found.local_gb_used) == (1, 512, 2)
    assert (found.running_vms, found.current_workload) == (2, 1)
    assert (found.state, found.status, found.service_host) == ("up", "enabled", "host1")
    assert len(found.servers) == 2
    assert all(server.name.startswith("instance-0000") for server in found.servers)
    assert hypervisors.get(admin(), id=str(found.id)).uuid == hypervisors.get(admin(), id=found.uuid).uuid == provider
    assert hypervisors.get(admin(), id=provider).servers is None


def test_pages_and_names(database, conf, hypervisors):
    for number in range(3):
        add_host(database, conf, f"h{number}")
    first, second = find(hypervisors, limit=2)
    assert [h.report.hostname for h in find(hypervisors, marker=second.uuid)] == ["h2.example"]
    assert [h.id for h in find(hypervisors, marker=str(first.id), limit=1)] == [second.id]
    assert [h.report.hostname for h in find(hypervisors, hostname_part="1.ex")] == ["h1.example"]
    assert find(hypervisors, hostname_part="%") == []
    with pytest.raises(BadRequest, match="marker"):
        find(hypervisors, marker="nowhere")
    with pytest.raises(NotFound):
        hypervisors.get(admin(), id="999")


def test_the_number_of_queries_does_not_grow(database, conf, hypervisors):
    for number in range(5):
        add_host(database, conf, f"h{number}")
    before = database.queries
    assert len(find(hypervisors, with_servers=True)) == 5
    assert database.queries - before == 5


def test_a_report_with_nothing_new_costs_one_query(database, conf, table):
    report(database, conf)
    version = table.changes(admin(), since=0).version
    before = database.queries
    report(database, conf)
    assert database.queries - before == 1
    report(database, conf, memory_mb_used=4000)
    assert table.changes(admin(), since=version).hosts == []


def test_a_host_that_grows(database, conf, table):
    report(database, conf)
    version = table.changes(admin(), since=0).version
    report(database, conf, vcpus=8)
    told = table.changes(admin(), since=version)
    assert [host.report.vcpus for host in told.hosts] == [8]
    totals = select(inventories.c.total).where(inventories.c.resource_class_id == 0)
    assert database.read(lambda conn: conn.execute(totals).scalars().all()) == [8]


def test_two_hosts_may_not_be_one_hypervisor(database, conf):
    report(database, conf, host="host1", hostname="same")
    with pytest.raises(Conflict, match="same"):
        report(database, conf, host="host2", hostname="same")


def test_a_first_report_beside_the_first_sign_of_life(database, conf, hypervisors, services):
    hosts = HostsEndpoint(Cloud(conf, database, None), None)
    names = [f"h{number}" for number in range(8)]
    reports = [partial(hosts.report, admin(), host=name, report=a_report(f"{name}.example")) for name in names]
    beats = [partial(services.beat, admin(), binary="nova-compute", host=name, topic="compute") for name in names]
    assert all_at_once(*reports, *beats) == [None] * 16
    assert len(find(hypervisors)) == 8


def test_the_scheduler_hears_everything_first(database, conf, table):
    for number in range(3):
        add_host(database, conf, f"h{number}")
    put_in_zone(database, "east", "h1")
    told = table.changes(admin(), since=0)
    assert told.all
    assert [(host.host, host.zone) for host in told.hosts] == [("h0", "nova"), ("h1", "east"), ("h2", "nova")]
    assert told.hosts[1].aggregates == {"availability_zone": ["east"]}
    assert all(host.alive and host.enabled for host in told.hosts)
    assert table.changes(admin(), since=10**9).all


def test_then_only_what_changed(database, conf, table):
    providers = [add_host(database, conf, f"h{number}") for number in range(3)]
    version = table.changes(admin(), since=0).version

    def work(conn):
        server = add_server(conn, vm_state="building")
        placement.claim(conn, providers[1], server, {"VCPU": 2, "MEMORY_MB": 100, "DISK_GB": 3})

    database.transaction(work)
    told = table.changes(admin(), since=version)
    assert (told.all, [host.host for host in told.hosts]) == (False, ["h1"])
    (host,) = told.hosts
    assert (host.vcpus_used, host.memory_mb_used, host.disk_gb_used, host.servers, host.io_ops) == (2, 100, 3, 1, 1)
    assert host.provider == providers[1]
    nothing = table.changes(admin(), since=told.version)
    assert (nothing.hosts, nothing.gone, nothing.version) == ([], [], told.version)


def test_silence_and_return_are_told(database, conf, table, services):
    add_host(database, conf)
    version = table.changes(admin(), since=0).version
    age(database, conf.service_down_time + 5)
    told = table.changes(admin(), since=version)
    assert [host.alive for host in told.hosts] == [False]
    assert table.changes(admin(), since=told.version).hosts == []
    services.beat(admin(), binary="nova-compute", host="host1", topic="compute")
    assert [host.alive for host in table.changes(admin(), since=told.version).hosts] == [True]


def test_what_operators_change_is_told(database, conf, table, services):
    add_host(database, conf)
    version = table.changes(admin(), since=0).version
    services.change(admin(), change=ServiceChange(disabled=True), host="host1", binary="nova-compute")
    told = table.changes(admin(), since=version)
    assert [host.enabled for host in told.hosts] == [False]


def test_hosts_that_go_are_told(database, conf, table, services):
    add_host(database, conf, "h1")
    add_host(database, conf, "h2")
    version = table.changes(admin(), since=0).version
    services.delete(admin(), id=services.find(admin(), host="h1")[0].uuid)
    told = table.changes(admin(), since=version)
    assert (told.hosts, told.gone) == ([], ["h1.example"])
    assert [host.host for host in table.changes(admin(), since=0).hosts] == ["h2"]


def test_a_big_cloud_is_told_in_few_queries(database, conf, table):
    for number in range(20):
        add_host(database, conf, f"h{number}")
    table.changes(admin(), since=0)
    before = database.queries
    assert len(table.changes(admin(), since=0).hosts) == 20
    assert database.queries - before == 8
