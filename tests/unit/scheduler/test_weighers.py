"""Every weigher, and how raw values become weights."""

import numpy as np
import pytest

from nova.scheduler import weighers
from nova.scheduler.choosing import Ranking
from tests.unit.scheduler.factories import make_columns, make_conf, make_host, make_request


def weights(kind, hosts, **options):
    columns = make_columns(*hosts)
    return kind(make_conf(**options)).weights(columns, make_request(), np.arange(len(hosts))).tolist()


def test_ram_counts_free_memory_from_zero():
    hosts = [make_host("a"), make_host("b", memory_mb_used=3840), make_host("c", memory_mb_used=7680)]
    assert weights(weighers.RAMWeigher, hosts) == [1.0, 0.5, 0.0]
    assert weights(weighers.RAMWeigher, hosts, ram_weight_multiplier=-2.0) == [-2.0, -1.0, -0.0]


def test_overcommitted_hosts_lower_the_start():
    hosts = [make_host("a", memory_mb_used=7679), make_host("b", memory_mb_used=7681)]
    assert weights(weighers.RAMWeigher, hosts) == [1.0, 0.0]


def test_cpu_counts_overcommitment():
    hosts = [
        make_host("a", cpu_allocation_ratio=2.0, vcpus_used=8),
        make_host("b", cpu_allocation_ratio=1.0, vcpus_used=4),
        make_host("c", cpu_allocation_ratio=1.0, vcpus_used=8),
    ]
    assert weights(weighers.CPUWeigher, hosts) == [1.0, 0.5, 0.0]


def test_disk_counts_what_is_really_free():
    hosts = [make_host("a", disk_gb_used=20), make_host("b", disk_available_least=40), make_host("c", disk_gb_used=100)]
    assert weights(weighers.DiskWeigher, hosts) == [1.0, 0.5, 0.0]


def test_io_ops_prefers_idle_hosts():
    hosts = [make_host("a", io_ops=4), make_host("b", io_ops=1), make_host("c")]
    assert weights(weighers.IoOpsWeigher, hosts) == [-1.0, -0.25, -0.0]


def test_equal_hosts_weigh_nothing():
    assert weights(weighers.IoOpsWeigher, [make_host("a"), make_host("b")]) == [0.0, 0.0]


def ranked(hosts, count=4, subset_size=1, left=None, conf=None, **how):
    columns = make_columns(*hosts)
    conf = conf or make_conf()
    ranking = Ranking([kind(conf) for kind in weighers.all_weighers()], subset_size, **how)
    mask = columns.every(True) if left is None else columns.mask(left)
    return [columns.hosts[row] for row in ranking.best(columns, make_request(), mask, count)]


def test_best_first_and_no_more_than_asked():
    hosts = [make_host("a", memory_mb_used=4000), make_host("b"), make_host("c", memory_mb_used=2000)]
    assert ranked(hosts) == ["b", "c", "a"]
    assert ranked(hosts, count=2) == ["b", "c"]
    assert ranked(hosts, left=["a", "c"]) == ["c", "a"]
    assert ranked(hosts, left=["a"]) == ["a"]
    assert ranked(hosts, left=[]) == []


def test_negative_multipliers_fill_hosts_up():
    hosts = [make_host("a", memory_mb_used=4000), make_host("b")]
    packed = make_conf(ram_weight_multiplier=-1.0, cpu_weight_multiplier=0.0, disk_weight_multiplier=0.0)
    assert ranked(hosts, conf=packed) == ["a", "b"]


def test_the_first_is_drawn_among_the_best():
    hosts = [make_host(name, memory_mb_used=used) for name, used in (("a", 0), ("b", 100), ("c", 200), ("d", 300))]
    orders = {tuple(ranked(hosts, subset_size=2, seed=seed)) for seed in range(20)}
    assert orders == {("a", "b", "c", "d"), ("b", "a", "c", "d")}
    assert {ranked(hosts, count=1, subset_size=3, seed=seed)[0] for seed in range(40)} == {"a", "b", "c"}


def test_equal_hosts_keep_their_order_unless_shuffled():
    hosts = [make_host(name) for name in "abcd"]
    assert ranked(hosts) == ["a", "b", "c", "d"]
    assert len({tuple(ranked(hosts, shuffle_ties=True, seed=seed)) for seed in range(10)}) > 1


@pytest.mark.parametrize("kind", weighers.all_weighers())
def test_every_weigher_names_an_option(kind):
    assert isinstance(kind(make_conf()).multiplier, float)
