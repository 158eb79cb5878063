"""The columns and the charges between a placement and its claim."""

import pytest

from nova.contracts.scheduling import HostChanges
from nova.scheduler.host_view import HostView
from nova.scheduler.table import CHARGE_SECONDS, Table
from tests.unit.scheduler.factories import make_columns, make_flavor, make_host


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def changes(*hosts, version=1, every=False, gone=()):
    return HostChanges(version=version, all=every, hosts=list(hosts), gone=list(gone))


def used(table, host):
    row = table.hosts.hosts.index(host)
    hosts = table.hosts
    return (
        hosts.vcpus_used[row],
        hosts.memory_mb_used[row],
        hosts.disk_gb_used[row],
        hosts.servers[row],
        hosts.io_ops[row],
    )


def test_deltas_add_change_and_drop():
    table = Table(Clock())
    table.apply(changes(make_host("a"), make_host("b"), make_host("c"), every=True), 1.0)
    table.apply(changes(make_host("b", vcpus_used=3), make_host("d", zone="east"), version=7, gone=["node-a"]), 2.0)
    hosts = table.hosts
    assert hosts.hosts == ["b", "c", "d"]
    assert hosts.vcpus_used.tolist() == [3, 0, 0]
    assert [hosts.zone_name(row) for row in range(3)] == ["nova", "nova", "east"]
    assert hosts.mask(["d"]).tolist() == [False, False, True]
    assert (table.version, table.loaded) == (7, True)


def test_a_full_list_forgets_the_rest():
    table = Table(Clock())
    table.apply(changes(make_host("a"), make_host("b"), every=True), 1.0)
    table.apply(changes(make_host("b"), version=2, every=True), 2.0)
    assert table.hosts.hosts == ["b"]


def test_a_node_that_came_back_under_another_provider_is_one_host():
    table = Table(Clock())
    table.apply(changes(make_host("a"), make_host("b"), every=True), 1.0)
    table.apply(changes(make_host("a", provider="renewed"), version=2), 2.0)
    assert sorted(table.hosts.providers) == ["provider-b", "renewed"]
    assert table.hosts.mask(["a"]).sum() == 1


def test_settling_forgets_what_must_be_claimed_by_now():
    clock = Clock()
    table = Table(clock)
    table.apply(changes(make_host("a"), every=True), 1.0)
    table.charge(0, make_flavor(vcpus=2))
    clock.now += 0.9
    table.settle()
    assert used(table, "a")[0] == 2
    table.charge(0, make_flavor(vcpus=1))
    clock.now += 0.2
    table.settle()
    assert used(table, "a")[0] == 1


def test_a_host_with_several_nodes():
    hosts = make_columns(make_host("a"), make_host("a", node="n2", provider="p2"), make_host("b"))
    assert hosts.mask(["a"]).tolist() == [True, True, False]
    assert hosts.mask(["a"], "n2").tolist() == [False, True, False]


def test_hosts_of_one_make_share_their_profile():
    hosts = make_columns(make_host("a"), make_host("b"), make_host("c", type="xen"))
    assert len(hosts.profiles) == 2
    assert hosts.by_profile(lambda profile: profile.hypervisor_type == "xen").tolist() == [False, False, True]


def test_an_empty_table_gives_empty_masks():
    hosts = make_columns()
    assert hosts.by_profile(lambda profile: True).tolist() == []
    assert hosts.mask(["a"]).tolist() == []


def test_a_charge_counts_until_the_claim_is_seen():
    clock = Clock()
    table = Table(clock)
    table.apply(changes(make_host("a"), make_host("b"), every=True), 1.0)
    table.charge(0, make_flavor(vcpus=2, memory_mb=1024, root_gb=5, swap=100))
    assert used(table, "a") == (2, 1024, 6, 1, 1)
    claimed = make_host("a", vcpus_used=2, memory_mb_used=1024, disk_gb_used=6, servers=1)
    table.apply(changes(make_host("b", vcpus_used=1)), 101.0)
    assert used(table, "a") == (2, 1024, 6, 1, 1)
    table.apply(changes(claimed), 102.0)
    assert used(table, "a") == (2, 1024, 6, 1, 0)


def test_a_charge_made_while_asking_stays():
    clock = Clock()
    table = Table(clock)
    table.apply(changes(make_host("a"), every=True), 1.0)
    table.charge(0, make_flavor())
    table.apply(changes(make_host("a", vcpus_used=4)), 99.0)
    assert used(table, "a")[0] == 5
    table.apply(changes(make_host("a", vcpus_used=5)), 101.0)
    assert used(table, "a")[0] == 5


def test_a_charge_without_a_claim_is_taken_back():
    clock = Clock()
    table = Table(clock)
    table.apply(changes(make_host("a"), every=True), 1.0)
    table.charge(0, make_flavor())
    clock.now += CHARGE_SECONDS - 1
    table.charge(0, make_flavor(vcpus=3))
    clock.now += 2
    table.apply(changes(), clock.now)
    assert used(table, "a")[0] == 3
    clock.now += CHARGE_SECONDS
    table.apply(changes(), clock.now)
    assert used(table, "a") == (0, 0, 0, 0, 0)


def test_charges_of_a_host_that_went_away_are_forgotten():
    clock = Clock()
    table = Table(clock)
    table.apply(changes(make_host("a"), make_host("b"), every=True), 1.0)
    table.charge(0, make_flavor())
    table.apply(changes(gone=["node-a"]), 101.0)
    clock.now += CHARGE_SECONDS + 1
    table.apply(changes(), 102.0)
    assert used(table, "b") == (0, 0, 0, 0, 0)


def test_one_host_seen_alone():
    hosts = make_columns(make_host("a"), make_host("b", zone="east", alive=False, aggregates={"ssd": ["true"]}))
    view = HostView(hosts, 1)
    assert (view.host, view.nodename, view.availability_zone) == ("b", "node-b", "east")
    assert (view.service_up, view.service_enabled) == (False, True)
    assert (view.vcpus_total, view.free_ram_mb, view.free_disk_mb) == (8, 7680, 102400)
    assert view.aggregates == {"ssd": ["true"]}
    with pytest.raises(AttributeError, match="no attribute colour"):
        _ = view.colour
