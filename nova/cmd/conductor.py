"""nova-conductor: the one daemon that touches the database."""

from __future__ import annotations

import sys

from nova.base import log, settings
from nova.bus import daemon
from nova.bus.settings import OPTIONS as BUS_OPTIONS
from nova.conductor.daemon import Conductor
from nova.conductor.settings import OPTIONS

PROGRAM = "nova-conductor"


def main() -> int:
    """Run the daemon; answers the exit code."""
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=[BUS_OPTIONS, OPTIONS])
    log.setup(conf, PROGRAM)
    conductor = Conductor(conf)
    return daemon.serve(
        conf,
        binary=PROGRAM,
        topic="conductor",
        host=conf.host,
        endpoints=conductor.endpoints,
        started=conductor.started,
    )


if __name__ == "__main__":
    sys.exit(main())
