"""nova-network: networks, DHCP and routing on one host."""

from __future__ import annotations

import sys

from nova.base import log, settings
from nova.bus import daemon
from nova.bus.settings import OPTIONS as BUS_OPTIONS
from nova.contracts.network_agent import NetworkAgent
from nova.network.assembly import Assembly
from nova.network.managers.loading import NotKnown
from nova.network.settings import OPTIONS

PROGRAM = "nova-network"


def main() -> int:
    """Run the daemon; answers the exit code."""
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=[BUS_OPTIONS, OPTIONS])
    log.setup(conf, PROGRAM)
    try:
        assembly = Assembly(conf)
    except NotKnown as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1
    return daemon.serve(
        conf,
        binary=PROGRAM,
        topic=NetworkAgent.topic,
        host=conf.host,
        endpoints=assembly.endpoints,
        started=assembly.started,
    )


if __name__ == "__main__":
    sys.exit(main())
