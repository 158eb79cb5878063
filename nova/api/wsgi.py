"""The Compute API for uWSGI and gunicorn: `nova.api.wsgi:application`, on native threads.

The configuration is /etc/nova/nova.conf, or the files NOVA_CONFIG_FILES names, separated by ":".
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from functools import cache
from typing import Any

from nova.api import settings as api_settings
from nova.api.web.application import load, with_api
from nova.api.web.call import Api
from nova.api.web.middleware import Wsgi
from nova.base import log, settings

# Eventlet comes with it, and whoever imports that first is never seen to end: it must be the server's main thread.
from nova.bus import rabbit  # noqa: F401
from nova.bus import settings as bus_settings
from nova.bus.bus import Bus
from nova.clients import settings as client_settings

_making = threading.Lock()


@cache
def _application() -> Wsgi:
    # Made at the first request: such servers import before they fork, and connections must not cross a fork.
    files = [
        word for path in os.environ.get("NOVA_CONFIG_FILES", "").split(":") if path for word in ("--config-file", path)
    ]
    tables = [api_settings.OPTIONS, bus_settings.OPTIONS, client_settings.OPTIONS]
    conf = settings.load(files, program="nova-api", options=tables)
    log.setup(conf, "nova-api")
    return with_api(load(conf, "osapi_compute"), Api(conf, Bus(conf)))


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """The WSGI entry point."""
    with _making:
        app = _application()
    return app(environ, start_response)
