"""Options and what they lead to."""

import pytest
from oslo_config import cfg

from nova.scheduler.filters.base import OneHostFilter
from nova.scheduler.loading import NotLoadable, load_filters, load_weighers
from nova.scheduler.settings import OPTIONS
from tests.unit.scheduler.factories import make_conf


class OutsideFilter(OneHostFilter):
    """A filter of another tree."""


def no_filter():
    """Not what it should be."""
    return [dict]


HERE = __name__


def test_defaults_load():
    names = [each.name for each in load_filters(make_conf())]
    assert names[0] == "RetryFilter"
    assert {"RamFilter", "CoreFilter", "DiskFilter", "ComputeFilter"} <= set(names)
    assert {type(each).__name__ for each in load_weighers(make_conf())} == {
        "RAMWeigher",
        "CPUWeigher",
        "DiskWeigher",
        "IoOpsWeigher",
    }


def test_a_filter_from_outside():
    conf = make_conf(
        available_filters=["nova.scheduler.filters.all_filters", f"{HERE}.OutsideFilter"],
        enabled_filters=["OutsideFilter", "RamFilter"],
    )
    assert [each.name for each in load_filters(conf)] == ["OutsideFilter", "RamFilter"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"enabled_filters": ["RamFilter", "MissingFilter"]}, "names MissingFilter, but"),
        ({"available_filters": ["nova.scheduler.nowhere"]}, "Cannot load nova.scheduler.nowhere"),
        ({"available_filters": ["nonsense"]}, "Cannot load nonsense"),
        ({"available_filters": [f"{HERE}.no_filter"]}, "is not a Filter"),
    ],
)
def test_a_wrong_name_says_what_is_wrong(options, words):
    with pytest.raises(NotLoadable, match=words):
        load_filters(make_conf(**options))


def test_names_of_older_releases(tmp_path):
    old = tmp_path / "nova.conf"
    old.write_text(
        "[DEFAULT]\n"
        "scheduler_default_filters = RamFilter,ComputeFilter\n"
        f"scheduler_available_filters = {HERE}.OutsideFilter\n"
        "scheduler_weight_classes = nova.scheduler.weights.all_weighers\n"
        "scheduler_host_subset_size = 5\n"
        "ram_weight_multiplier = -1.5\n"
        "max_instances_per_host = 7\n"
    )
    conf = cfg.ConfigOpts()
    for section, options in OPTIONS.items():
        conf.register_opts(options, group=section)
    conf([], default_config_files=[str(old)])
    assert conf.filter_scheduler.enabled_filters == ["RamFilter", "ComputeFilter"]
    assert conf.filter_scheduler.available_filters == [f"{HERE}.OutsideFilter"]
    assert conf.filter_scheduler.host_subset_size == 5
    assert conf.filter_scheduler.ram_weight_multiplier == -1.5
    assert conf.filter_scheduler.max_instances_per_host == 7
    assert len(load_weighers(conf)) == 4
