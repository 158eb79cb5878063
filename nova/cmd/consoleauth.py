"""nova-consoleauth: gives console tokens out and takes them back."""

from __future__ import annotations

import sys

from nova.base import log, settings
from nova.bus import daemon
from nova.bus.settings import OPTIONS as BUS_OPTIONS
from nova.console.settings import CONSOLEAUTH_OPTIONS
from nova.console.tokens import ConsoleAuthEndpoint
from nova.contracts.console import ConsoleAuth, ConsoleTokens

PROGRAM = "nova-consoleauth"


def main() -> int:
    """Run the daemon; answers the exit code."""
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=[BUS_OPTIONS, CONSOLEAUTH_OPTIONS])
    log.setup(conf, PROGRAM)
    return daemon.serve(
        conf,
        binary=PROGRAM,
        topic=ConsoleAuth.topic,
        host=conf.host,
        endpoints=lambda bus: [ConsoleAuthEndpoint(bus.client(ConsoleTokens), conf.consoleauth.token_ttl)],
    )


if __name__ == "__main__":
    sys.exit(main())
