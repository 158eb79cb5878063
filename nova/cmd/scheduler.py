"""nova-scheduler: says where servers go."""

from __future__ import annotations

import sys

from nova.base import log, settings
from nova.bus import daemon
from nova.bus.settings import OPTIONS as BUS_OPTIONS
from nova.contracts.scheduling import Scheduler
from nova.scheduler.assembly import Assembly
from nova.scheduler.loading import NotLoadable
from nova.scheduler.settings import OPTIONS

PROGRAM = "nova-scheduler"


def main() -> int:
    """Run the daemon; answers the exit code."""
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=[BUS_OPTIONS, OPTIONS])
    log.setup(conf, PROGRAM)
    try:
        assembly = Assembly(conf)
    except NotLoadable as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1
    return daemon.serve(
        conf,
        binary=PROGRAM,
        topic=Scheduler.topic,
        host=conf.host,
        endpoints=assembly.endpoints,
        started=assembly.started,
    )


if __name__ == "__main__":
    sys.exit(main())
