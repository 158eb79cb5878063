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
        help="Filters that may be enabled: dotted paths of filter classes, or of functions that list some.",
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
        help="Class names of the filters that every request passes, in this order.",
    ),
    cfg.ListOpt(
        "weight_classes",
        default=["nova.scheduler.weighers.all_weighers"],
        deprecated_opts=_was("scheduler_weight_classes"),
        help="Weighers to use: dotted paths of weigher classes, or of functions that list some.",
    ),
    cfg.IntOpt(
        "host_subset_size",
        default=1,
        min=1,
        deprecated_opts=_was("scheduler_host_subset_size"),
        help="The host is picked at random among this many best ones, so that several schedulers collide less.",
    ),
    cfg.BoolOpt(
        "shuffle_best_same_weighed_hosts",
        default=False,
        help="Whether equally good hosts are put in random order instead of the order in which they are known.",
    ),
    cfg.IntOpt(
        "max_instances_per_host",
        default=50,
        mutable=True,
        min=1,
        deprecated_opts=_was("max_instances_per_host"),
        help="NumInstancesFilter passes hosts with fewer servers than this.",
    ),
    cfg.IntOpt(
        "max_io_ops_per_host",
        default=8,
        mutable=True,
        min=1,
        deprecated_opts=_was("max_io_ops_per_host"),
        help="IoOpsFilter passes hosts with fewer servers than this in disk-heavy tasks.",
    ),
    cfg.FloatOpt(
        "ram_weight_multiplier",
        default=1.0,
        mutable=True,
        deprecated_opts=_was("ram_weight_multiplier"),
        help="How much free memory counts for a host; negative fills hosts up one after the other.",
    ),
    cfg.FloatOpt(
        "cpu_weight_multiplier",
        default=1.0,
        mutable=True,
        help="How much free vcpus count for a host; negative fills hosts up one after the other.",
    ),
    cfg.FloatOpt(
        "disk_weight_multiplier",
        default=1.0,
        mutable=True,
        deprecated_opts=_was("disk_weight_multiplier"),
        help="How much free disk counts for a host; negative fills hosts up one after the other.",
    ),
    cfg.FloatOpt(
        "io_ops_weight_multiplier",
        default=-1.0,
        mutable=True,
        deprecated_opts=_was("io_ops_weight_multiplier"),
        help="How much running disk work counts for a host; negative prefers idle hosts.",
    ),
]

OPTIONS: dict[str, list[cfg.Opt]] = {
    "scheduler": [
        cfg.FloatOpt(
            "interval",
            default=2.0,
            min=0.1,
            help="Seconds between two looks at what changed on the hosts.",
        ),
    ],
    "filter_scheduler": _FILTER_SCHEDULER,
}
