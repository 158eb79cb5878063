"""Settings of the bus and of liveness."""

from oslo_config import cfg

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.IntOpt("report_interval", default=10, min=1, help="Seconds between two signs of life of a daemon."),
        cfg.IntOpt(
            "watchdog_timeout",
            default=60,
            min=10,
            help="Seconds a daemon may be deaf to its own calls, with the broker there, before it ends itself.",
        ),
    ],
}

# A monitored call ends early when its server has given no sign of life for so many seconds.
MONITOR_SECONDS = 12
