"""Options of nova-compute that are not its driver's."""

from __future__ import annotations

from oslo_config import cfg

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.StrOpt(
            "image_cache_subdirectory_name",
            default="_base",
            help="Folder of cached images, inside instances_path.",
        ),
        cfg.IntOpt(
            "image_cache_manager_interval",
            default=2400,
            min=-1,
            help="Seconds between two searches for cached images that nobody uses; 0 means 60, -1 never.",
        ),
        cfg.BoolOpt("remove_unused_base_images", default=True, help="Remove cached images that no disk needs."),
        cfg.IntOpt(
            "remove_unused_original_minimum_age_seconds",
            default=86400,
            min=0,
            help="Seconds since its last use after which an unused cached image is removed; never less than 1800.",
        ),
        cfg.BoolOpt(
            "resume_guests_state_on_host_boot",
            default=False,
            help="When nova-compute starts, start the guests that should run and do not.",
        ),
        cfg.IntOpt(
            "sync_power_state_interval",
            default=600,
            min=-1,
            help="Seconds between two comparisons of this host with what should be on it; 0 means 60, "
            "-1 only at start.",
        ),
        cfg.IntOpt(
            "update_resources_interval",
            default=0,
            min=-1,
            help="Seconds between two looks at what this host has to give; 0 means 60, -1 only at start.",
        ),
        cfg.IntOpt(
            "max_concurrent_builds",
            default=10,
            min=0,
            help="How many servers have their images fetched and disks written at once; 0: any number.",
        ),
        cfg.IntOpt("shutdown_timeout", default=60, min=1, help="Seconds a guest has to shut down by itself."),
        cfg.StrOpt(
            "running_deleted_instance_action",
            default="reap",
            choices=["noop", "log", "shutdown", "reap"],
            help="What is done with what belongs to a server that is no longer on this host.",
        ),
        cfg.IntOpt(
            "running_deleted_instance_timeout",
            default=0,
            min=0,
            help="Seconds for which it must have been gone before anything is done; never less than 15.",
        ),
    ],
}

NEVER = float(10 * 365 * 86400)
USUAL = 60.0


def seconds(interval: int) -> float:
    """The meaning of an interval option: 0 the usual minute, -1 not in this life."""
    if interval < 0:
        return NEVER
    return float(interval) or USUAL
