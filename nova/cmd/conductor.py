"""nova-conductor: the one daemon that touches the database."""

from __future__ import annotations

import sys

from nova.base import log, settings
from nova.bus import daemon
from nova.bus.settings import OPTIONS as BUS_OPTIONS
from nova.conductor.daemon import Conductor
from nova.conductor.db import readiness
from nova.conductor.db.trouble import Unusable
from nova.conductor.settings import OPTIONS
from nova.contracts.errors import Unavailable

PROGRAM = "nova-conductor"


def main() -> int:
    """Run the daemon; answers the exit code."""
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=[BUS_OPTIONS, OPTIONS])
    log.setup(conf, PROGRAM)
    try:
        conductor = Conductor(conf)
        readiness.require(conductor.database)
        return daemon.serve(
            conf,
            binary=PROGRAM,
            topic="conductor",
            host=conf.host,
            endpoints=conductor.endpoints,
            started=conductor.started,
        )
    except (Unusable, Unavailable, ValueError) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
