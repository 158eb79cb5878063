"""Options of nova-scheduler."""

from __future__ import annotations

from oslo_config import cfg


def _was(*names: str) -> list[cfg.DeprecatedOpt]:
    return [cfg.DeprecatedOpt(name, group="DEFAULT") for name in names]


_FILTER_SCHEDULER: list[cfg.Opt] = [
    cfg.MultiStrOpt(
        "available_filters",
        default=["nova.scheduler.filters.all_filters"],
        deprecated_opts=_was("scheduler_available_filters"),
        help="Where enabled_filters are looked up: dotted paths of classes, or of functions that list classes.",
    ),
    cfg.ListOpt(
        "enabled_filters",
        default=[
            "RetryFilter",
            "AvailabilityZoneFilter",
            "CoreFilter",
            "RamFilter",
            "DiskFilter",
            "ComputeFilter",
            "ComputeCapabilitiesFilter",
            "ImagePropertiesFilter",
            "ServerGroupAntiAffinityFilter",
            "ServerGroupAffinityFilter",
        ],
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
    cfg.IntOpt(
        "max_instances_per_host",
        default=50,
        mutable=True,
        min=1,
        deprecated_opts=_was("max_instances_per_host"),
        help="With this many servers a host is full in the eyes of NumInstancesFilter.",
    ),
    cfg.IntOpt(
        "max_io_ops_per_host",
        default=8,
        mutable=True,
        min=1,
        deprecated_opts=_was("max_io_ops_per_host"),
        help="With this many servers being built, snapshotted or moved a host is too busy in the eyes of IoOpsFilter.",
    ),
    cfg.FloatOpt(
        "ram_weight_multiplier",
        default=1.0,
        mutable=True,
        deprecated_opts=_was("ram_weight_multiplier"),
        help="The say of free memory in the choice: above 0 servers spread out, below 0 they pile up.",
    ),
    cfg.FloatOpt(
        "cpu_weight_multiplier",
        default=1.0,
        mutable=True,
        help="The say of free virtual CPUs in the choice: above 0 servers spread out, below 0 they pile up.",
    ),
    cfg.FloatOpt(
        "disk_weight_multiplier",
        default=1.0,
        mutable=True,
        deprecated_opts=_was("disk_weight_multiplier"),
        help="The say of free disk in the choice: above 0 servers spread out, below 0 they pile up.",
    ),
    cfg.FloatOpt(
        "io_ops_weight_multiplier",
        default=-1.0,
        mutable=True,
        deprecated_opts=_was("io_ops_weight_multiplier"),
        help="The say of disk-heavy work under way in the choice: below 0 quiet hosts win, above 0 busy ones.",
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
