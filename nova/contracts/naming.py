"""What hypervisors call a server: said once, for the daemon that names guests and the API that shows the name."""

from __future__ import annotations

from oslo_config import cfg

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.StrOpt(
            "instance_name_template",
            default="instance-%08x",
            help="How hypervisors name guests: a printf pattern for the server's small number. Must not change.",
        ),
    ],
}


def guest_name(conf: cfg.ConfigOpts, number: int) -> str:
    """The hypervisor's name for the server with this small number."""
    template: str = conf.instance_name_template
    return template % number
