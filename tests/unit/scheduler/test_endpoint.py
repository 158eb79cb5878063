"""Placing servers: batches, alternates, forced hosts, looking again."""

import pytest

from nova.base.context import admin_context
from nova.contracts.errors import Unavailable
from nova.contracts.scheduling import HostChanges, ServerGroup
from nova.scheduler.choosing import Ranking
from nova.scheduler.endpoint import SchedulerEndpoint
from nova.scheduler.loading import load_filters, load_weighers
from nova.scheduler.refresh import Refresh
from nova.scheduler.table import Table
from tests.unit.scheduler.factories import FakeConductor, make_conf, make_flavor, make_host, make_request


class Scheduler:
    """A scheduler over a fake conductor, loaded as at its start."""

    def __init__(self, *hosts, **options):
        conf = make_conf(**options)
        self.conductor = FakeConductor(*hosts)
        self.table = Table()
        self.refresh = Refresh(self.table, self.conductor)
        ranking = Ranking(load_weighers(conf), conf.filter_scheduler.host_subset_size)
        self.endpoint = SchedulerEndpoint(self.table, self.refresh, load_filters(conf), ranking)
        self.refresh()

    def place(self, *requests):
        return self.endpoint.place(admin_context(), requests=list(requests))

    def hosts(self, *requests):
        return [[choice.host for choice in placement.choices] for placement in self.place(*requests)]


def members(group, count, alternates=0):
    return [make_request(server=f"s{number}", group=group, alternates=alternates) for number in range(count)]


def test_a_choice_and_its_alternates():
    scheduler = Scheduler(*(make_host(f"h{number}", memory_mb_used=100 * number) for number in range(6)))
    [placement] = scheduler.place(make_request(alternates=2))
    assert [choice.host for choice in placement.choices] == ["h0", "h1", "h2"]
    assert placement.choices[0].node == "node-h0"
    assert placement.choices[0].provider == "provider-h0"
    assert placement.filtered[0] == ("all hosts", 6)
    assert placement.filtered[-1] == ("ServerGroupAffinityFilter", 6)
    assert scheduler.hosts(make_request(alternates=0)) == [["h1"]]


def test_each_of_a_batch_counts_on_those_before():
    scheduler = Scheduler(make_host("a", memory_mb=2048, ram_allocation_ratio=1.0), make_host("b", memory_mb=1600))
    flavor = make_flavor(memory_mb=1024)
    requests = [make_request(flavor=flavor, alternates=0) for _ in range(4)]
    assert scheduler.hosts(*requests) == [["a"], ["b"], [], []]


def test_the_reason_names_each_filter_and_stops_at_the_last():
    scheduler = Scheduler(make_host("a", alive=False), make_host("b", zone="east"), make_host("c", vcpus_used=128))
    [placement] = scheduler.place(make_request(availability_zone="nova"))
    assert placement.choices == []
    assert placement.filtered == [
        ("all hosts", 3),
        ("RetryFilter", 3),
        ("AvailabilityZoneFilter", 2),
        ("CoreFilter", 1),
        ("RamFilter", 1),
        ("DiskFilter", 1),
        ("ComputeFilter", 0),
    ]
    assert placement.why["ComputeFilter"] == "disabled or not running"
    assert placement.why.keys() == {name for name, _ in placement.filtered[1:]}


def test_the_table_is_brought_up_to_date_once_before_saying_none():
    scheduler = Scheduler(make_host("a", alive=False))
    scheduler.conductor.answers = [HostChanges(version=2, all=False, hosts=[make_host("b", memory_mb=1024)])]
    big = make_request(flavor=make_flavor(memory_mb=4096))
    assert scheduler.hosts(make_request(alternates=0), big, big) == [["b"], [], []]
    assert scheduler.conductor.asked == [0, 1]


def test_no_look_while_hosts_are_found():
    scheduler = Scheduler(make_host("a"))
    assert scheduler.hosts(make_request()) == [["a"]]
    assert scheduler.conductor.asked == [0]


def test_a_forced_host_passes_no_filter_but_must_exist():
    scheduler = Scheduler(make_host("a", alive=False, vcpus_used=999), make_host("b"))
    [placement] = scheduler.place(make_request(forced_host="a"))
    assert [choice.host for choice in placement.choices] == ["a"]
    assert placement.filtered == [("all hosts", 2), ("forced host", 1)]
    assert scheduler.hosts(make_request(forced_host="nowhere")) == [[]]
    assert scheduler.hosts(make_request(forced_node="node-b")) == [["b"]]
    assert scheduler.hosts(make_request(forced_host="a", forced_node="node-b")) == [[]]


def test_a_requested_host_passes_the_filters():
    scheduler = Scheduler(make_host("a", alive=False), make_host("b"), make_host("c"))
    assert scheduler.hosts(make_request(requested_host="c")) == [["c"]]
    assert scheduler.hosts(make_request(requested_node="node-b")) == [["b"]]
    assert scheduler.hosts(make_request(requested_host="c", requested_node="node-b")) == [[]]
    assert scheduler.hosts(make_request(requested_node="node-a")) == [[]]
    [placement] = scheduler.place(make_request(requested_host="a"))
    assert placement.choices == []
    assert placement.filtered[:2] == [("all hosts", 3), ("requested host", 1)]


def test_members_of_one_group_placed_in_one_batch():
    group = ServerGroup(uuid="g", policy="anti-affinity", hosts=["a"])
    scheduler = Scheduler(make_host("a"), make_host("b"), make_host("c"))
    assert scheduler.hosts(*members(group, 3)) == [["b"], ["c"], []]
    first, second = scheduler.hosts(*members(ServerGroup(uuid="h", policy="affinity"), 2, alternates=3))
    assert second == first[:1]


def test_members_of_one_group_asked_for_one_by_one():
    group = ServerGroup(uuid="g", policy="anti-affinity")
    scheduler = Scheduler(make_host("a"), make_host("b"))
    placed = [scheduler.hosts(request)[0] for request in members(group, 3)]
    assert placed == [["a"], ["b"], []]


def test_two_on_a_host_in_one_batch():
    group = ServerGroup(uuid="g", policy="anti-affinity", max_server_per_host=2)
    scheduler = Scheduler(make_host("a"), make_host("b", memory_mb=4096))
    placed = scheduler.hosts(*members(group, 5))
    assert sorted(host for hosts in placed for host in hosts) == ["a", "a", "b", "b"]


def test_a_silent_conductor_matters_only_before_the_first_load():
    scheduler = Scheduler(make_host("a", alive=False))
    scheduler.conductor.silent = True
    assert scheduler.hosts(make_request()) == [[]]
    table = Table()
    endpoint = SchedulerEndpoint(table, Refresh(table, scheduler.conductor), [], Ranking([], 1))
    with pytest.raises(Unavailable):
        endpoint.place(admin_context(), requests=[make_request()])


def test_a_refresh_that_began_later_serves_those_who_waited():
    conductor = FakeConductor(make_host("a"))
    ticks = iter([1.0, 5.0, 2.0])
    refresh = Refresh(Table(), conductor, clock=lambda: next(ticks))
    refresh()
    refresh()
    assert conductor.asked == [0]
