"""nova-novncproxy: shows guests' screens in browsers."""

from __future__ import annotations

import sys

from nova.base import daemon, log, settings
from nova.bus.settings import OPTIONS as BUS_OPTIONS
from nova.console.assembly import CannotServe, Proxy
from nova.console.protocols import NoVnc
from nova.console.settings import NOVNCPROXY_OPTIONS, PROXY_OPTIONS

PROGRAM = "nova-novncproxy"


def main() -> int:
    """Run the daemon; answers the exit code."""
    options = [BUS_OPTIONS, PROXY_OPTIONS, NOVNCPROXY_OPTIONS]
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=options, command_line=PROXY_OPTIONS["DEFAULT"])
    log.setup(conf, PROGRAM)

    def start() -> Proxy:
        return Proxy(conf, NoVnc(), conf.vnc.novncproxy_host, conf.vnc.novncproxy_port)

    try:
        return daemon.run(conf, PROGRAM, start)
    except CannotServe as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
