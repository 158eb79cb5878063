"""nova-dhcpbridge: run by dnsmasq for each lease."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nova.contracts.errors import NovaError
from nova.network import dhcpbridge

if TYPE_CHECKING:
    from nova.contracts.network_agent import NetworkPlans


def main() -> int:
    """Do what dnsmasq asks; answers the exit code."""
    if set(sys.argv[1:]) & {"-h", "--help"}:
        print(dhcpbridge.USAGE)
        return 0
    if "--version" in sys.argv[1:]:
        from nova.base import settings

        print(settings.release())
        return 0
    try:
        dhcpbridge.act(sys.argv[1:], os.environ, plans_of, print)
    except (dhcpbridge.Misused, NovaError) as error:
        sys.stderr.write(f"nova-dhcpbridge: {error}\n")
        return 1
    return 0


@contextmanager
def plans_of(config_files: Sequence[str]) -> Iterator[tuple[NetworkPlans, str, int]]:
    """The conductor as the configuration files say, this host's name, and seconds a lease lasts."""
    from nova.base import log, settings
    from nova.bus.bus import Bus
    from nova.bus.settings import OPTIONS as BUS_OPTIONS
    from nova.contracts.network_agent import NetworkPlans
    from nova.network.settings import OPTIONS

    argv = [word for path in config_files for word in ("--config-file", path)]
    conf = settings.load(argv, program="nova-dhcpbridge", options=[BUS_OPTIONS, OPTIONS])
    log.setup(conf, "nova-dhcpbridge")
    bus = Bus(conf)
    try:
        yield bus.client(NetworkPlans), conf.host, conf.dhcp_lease_time
    finally:
        bus.close()


if __name__ == "__main__":
    sys.exit(main())
