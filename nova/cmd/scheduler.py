"""nova-scheduler: says where servers go."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the daemon; answers the exit code."""
    # NumPy's linear algebra is not used: its threads would only cost memory. Read when NumPy is first imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from nova.base import log, settings
    from nova.bus import daemon
    from nova.bus.settings import OPTIONS as BUS_OPTIONS
    from nova.contracts.scheduling import Scheduler
    from nova.scheduler.assembly import Assembly
    from nova.scheduler.loading import NotLoadable
    from nova.scheduler.settings import OPTIONS

    conf = settings.load(sys.argv[1:], program="nova-scheduler", options=[BUS_OPTIONS, OPTIONS])
    log.setup(conf, "nova-scheduler")
    try:
        assembly = Assembly(conf)
    except NotLoadable as error:
        sys.stderr.write(f"nova-scheduler: {error}\n")
        return 1
    return daemon.serve(
        conf,
        binary="nova-scheduler",
        topic=Scheduler.topic,
        host=conf.host,
        endpoints=assembly.endpoints,
        started=assembly.started,
    )


if __name__ == "__main__":
    sys.exit(main())
