"""Everything that can be set, for the generators of the samples in etc/nova."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oslo_config import cfg
from oslo_policy import policy


def list_options() -> list[tuple[str, list[cfg.Opt]]]:
    """Every option of every room by section, each once; found by oslo-config-generator."""
    from nova.api import settings as api
    from nova.api.metadata import settings as metadata
    from nova.base import iptables
    from nova.base import settings as base
    from nova.bus import settings as bus
    from nova.clients import settings as clients
    from nova.compute import filters
    from nova.compute import settings as compute
    from nova.conductor import settings as conductor
    from nova.console import settings as console
    from nova.network import settings as network
    from nova.scheduler import settings as scheduler
    from nova.virt import settings as virt

    tables: list[Mapping[str, Sequence[cfg.Opt]]] = [
        base.OPTIONS,
        bus.OPTIONS,
        api.OPTIONS,
        metadata.OPTIONS,
        clients.OPTIONS,
        compute.OPTIONS,
        filters.OPTIONS,
        iptables.OPTIONS,
        conductor.OPTIONS,
        console.CONSOLEAUTH_OPTIONS,
        console.PROXY_OPTIONS,
        console.NOVNCPROXY_OPTIONS,
        network.OPTIONS,
        scheduler.OPTIONS,
        virt.OPTIONS,
    ]
    sections: dict[str, dict[str, cfg.Opt]] = {}
    for table in tables:
        for section, options in table.items():
            for option in options:
                sections.setdefault(section, {}).setdefault(option.dest, option)
    return [(section, [found[name] for name in sorted(found)]) for section, found in sorted(sections.items())]


def list_rules() -> list[policy.RuleDefault]:
    """Every policy rule of the API; found by oslopolicy-sample-generator."""
    from nova.api import openstack
    from nova.api.web import operations
    from nova.api.web import policy as rules

    operations.discover(openstack)
    return rules.documented(operations.places_of_rules())
