"""Options of nova-scheduler."""

from __future__ import annotations

from oslo_config import cfg


def _was(*names: str) -> list[cfg.DeprecatedOpt]:
    return [cfg.DeprecatedOpt(name, group="DEFAULT") for name in names]


def _weight(of: str, default: float, says: str, *, renamed: bool = True) -> cfg.FloatOpt:
    """The multiplier of a weigher; `renamed` when it once stood in DEFAULT."""
    name = f"{of}_weight_multiplier"
    return cfg.FloatOpt(name, default=default, mutable=True, deprecated_opts=_was(name) if renamed else [], help=says)


def _full_at(name: str, default: int, says: str) -> cfg.IntOpt:
    """From how many servers on a host has enough of them."""
    return cfg.IntOpt(name, default=default, min=1, mutable=True, deprecated_opts=_was(name), help=says)


_SPREADS = "The say of free {} in the choice: above 0 servers spread out, below 0 they pile up."
_IN_FORCE = "Retry AvailabilityZone Core Ram Disk Compute ComputeCapabilities ImageProperties"
_OF_GROUPS = "ServerGroupAntiAffinity ServerGroupAffinity"

_FILTER_SCHEDULER: list[cfg.Opt] = [
    cfg.MultiStrOpt(
        "available_filters",
        default=["nova.scheduler.filters.all_filters"],
        deprecated_opts=_was("scheduler_available_filters"),
        help="Where enabled_filters are looked up: dotted paths of classes, or of functions that list classes.",
    ),
    cfg.ListOpt(
        "enabled_filters",
        default=[f"{name}Filter" for name in f"{_IN_FORCE} {_OF_GROUPS}".split()],
        deprecated_opts=_was("scheduler_default_filters"),
        help="The filters in force, by class name; each sees only the hosts that those before it left.",
    ),
    cfg.ListOpt(
        "weight_classes",
        default=["nova.scheduler.weighers.all_weighers"],
        deprecated_opts=_was("scheduler_weight_classes"),
        help="The weighers in force: dotted paths of classes, or of functions that list classes.",
    ),
    cfg.IntOpt(
        "host_subset_size",
        default=1,
        min=1,
        deprecated_opts=_was("scheduler_host_subset_size"),
        help="Out of how many of the best hosts one is drawn by lot; more than 1 keeps rival schedulers apart.",
    ),
    cfg.BoolOpt(
        "shuffle_best_same_weighed_hosts",
        default=False,
        help="Draw lots between hosts of equal weight; otherwise the one that came to the cloud first wins.",
    ),
    _full_at(
        "max_instances_per_host",
        50,
        "With this many servers a host is full in the eyes of NumInstancesFilter.",
    ),
    _full_at(
        "max_io_ops_per_host",
        8,
        "With this many servers being built, snapshotted or moved a host is too busy in the eyes of IoOpsFilter.",
    ),
    _weight("ram", 1.0, _SPREADS.format("memory")),
    _weight("cpu", 1.0, _SPREADS.format("virtual CPUs"), renamed=False),
    _weight("disk", 1.0, _SPREADS.format("disk")),
    _weight(
        "io_ops",
        -1.0,
        "The say of disk-heavy work under way in the choice: below 0 quiet hosts win, above 0 busy ones.",
    ),
]

OPTIONS: dict[str, list[cfg.Opt]] = {
    "scheduler": [
        cfg.FloatOpt(
            "interval",
            default=2.0,
            min=0.1,
            help="How old, in seconds, the picture of the hosts gets before the conductor is asked for news.",
        ),
    ],
    "filter_scheduler": _FILTER_SCHEDULER,
}
