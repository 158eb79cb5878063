"""nova-compute: the caretaker of one hypervisor host."""

from __future__ import annotations

import sys

from nova.base import log, settings
from nova.bus import daemon
from nova.bus import settings as bus_settings
from nova.clients import settings as client_settings
from nova.clients.glance import open_images
from nova.compute import filters
from nova.compute import settings as compute_settings
from nova.compute.service import Caretaker
from nova.contracts.compute import Compute
from nova.virt import load
from nova.virt import settings as virt_settings

PROGRAM = "nova-compute"
OPTIONS = [
    bus_settings.OPTIONS,
    client_settings.OPTIONS,
    compute_settings.OPTIONS,
    filters.OPTIONS,
    virt_settings.OPTIONS,
]


def main() -> int:
    """Run the daemon; answers its exit code."""
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=OPTIONS)
    log.setup(conf, PROGRAM)
    try:
        driver = load.load(conf)
    except load.UnknownDriver as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 1
    guarded = filters.from_settings(conf, filters_packets=driver.filters_packets)
    caretaker = Caretaker(conf, driver, guarded, open_images(conf))
    return daemon.serve(
        conf,
        binary=PROGRAM,
        topic=Compute.topic,
        host=conf.host,
        endpoints=caretaker.endpoints,
        started=caretaker.started,
    )


if __name__ == "__main__":
    sys.exit(main())
