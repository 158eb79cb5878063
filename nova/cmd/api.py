"""nova-api: the Compute API (and, where enabled_apis says so, the metadata service) over HTTP."""

# ruff: noqa: E402

from nova.base import concurrency

concurrency.patch()

import sys
from functools import partial

from oslo_config import cfg

from nova.api import settings as api_settings
from nova.api.metadata import settings as metadata_settings
from nova.api.web import application
from nova.api.web.server import Listener, serve
from nova.base import log, settings
from nova.bus import settings as bus_settings
from nova.clients import settings as client_settings

PROGRAM = "nova-api"


def main() -> int:
    """Run the daemon; answers its exit code."""
    tables = [api_settings.OPTIONS, metadata_settings.OPTIONS, bus_settings.OPTIONS, client_settings.OPTIONS]
    conf = settings.load(sys.argv[1:], program=PROGRAM, options=tables)
    log.setup(conf, PROGRAM)
    return serve(conf, PROGRAM, list(map(partial(listener, conf), conf.enabled_apis)), partial(application.load, conf))


def listener(conf: cfg.ConfigOpts, name: str) -> Listener:
    """Where an application of the Paste file is served."""
    tls = name in conf.enabled_ssl_apis
    if name == "osapi_compute":
        return Listener(
            name, conf.osapi_compute_listen, conf.osapi_compute_listen_port, conf.osapi_compute_workers, tls
        )
    if name == "metadata":
        return Listener(name, conf.metadata_listen, conf.metadata_listen_port, conf.metadata_workers, tls)
    raise SystemExit(f"enabled_apis: there is no API named {name}")


if __name__ == "__main__":
    sys.exit(main())
