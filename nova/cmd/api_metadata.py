"""nova-api-metadata: tells guests who they are, over HTTP."""

# ruff: noqa: E402

from nova.base import concurrency

concurrency.patch()

import sys
from functools import partial

from nova.api import settings as api_settings
from nova.api.metadata import settings as metadata_settings
from nova.api.web import application
from nova.api.web.server import Listener, serve
from nova.base import log, settings
from nova.bus import settings as bus_settings

PROGRAM = "nova-api-metadata"
APP = "metadata"


def main() -> int:
    """Run the daemon; answers its exit code."""
    tables = [api_settings.OPTIONS, metadata_settings.OPTIONS, bus_settings.OPTIONS]
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=tables)
    log.setup(conf, PROGRAM)
    tls = APP in conf.enabled_ssl_apis
    # Behind a proxy every guest comes from the proxy's address.
    most = None if conf.use_forwarded_for else metadata_settings.MOST_OF_A_GUEST
    listener = Listener(APP, conf.metadata_listen, conf.metadata_listen_port, conf.metadata_workers, tls, most)
    return serve(conf, PROGRAM, [listener], partial(application.load, conf))


if __name__ == "__main__":
    sys.exit(main())
