"""nova-conductor: the one daemon that touches the database."""

from __future__ import annotations

import sys

from nova.base import log, settings
from nova.bus import daemon
from nova.bus.settings import OPTIONS as BUS_OPTIONS
from nova.conductor.daemon import Conductor
from nova.conductor.settings import OPTIONS


def main() -> int:
    """Run until a signal; answers the exit code."""
    conf = settings.load(sys.argv[1:], program="nova-conductor", options=[BUS_OPTIONS, OPTIONS])
    log.setup(conf, "nova-conductor")
    conductor = Conductor(conf)
    return daemon.serve(
        conf,
        binary="nova-conductor",
        topic="conductor",
        host=conf.host,
        endpoints=conductor.endpoints,
        started=conductor.started,
    )


if __name__ == "__main__":
    sys.exit(main())
