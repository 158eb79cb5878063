"""From the Paste file to an application that any WSGI server can run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from oslo_config import cfg
from paste import deploy

from nova.api.web import call, token_cache
from nova.api.web.call import Api
from nova.api.web.middleware import Wsgi
from nova.api.web.router import Router

SHIPPED = Path(__file__).parents[3] / "etc" / "nova" / "api-paste.ini"


def load(conf: cfg.ConfigOpts, name: str) -> Wsgi:
    """The application `name` of the Paste file. It needs `with_api` around it before it can answer."""
    path = paste_file(conf)
    app: Wsgi = deploy.loadapp(f"config:{path}", name=name, global_conf={"auth_strategy": conf.auth_strategy})
    return app


def paste_file(conf: cfg.ConfigOpts) -> Path:
    """The configured Paste file: beside nova.conf, else the one that came with the code."""
    wanted = conf.wsgi.api_paste_config
    found = conf.find_file(wanted)
    if found is None and Path(wanted).name == wanted and SHIPPED.is_file():
        return SHIPPED
    if found is None:
        raise FileNotFoundError(f"api_paste_config {wanted} is not there")
    return Path(found).resolve()


def with_api(app: Wsgi, api: Api) -> Wsgi:
    """Put what the process shares beside each request."""
    tokens = token_cache.TokenCache()

    def enter(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[call.ENVIRON_KEY] = api
        environ[token_cache.ENVIRON_KEY] = tokens
        return app(environ, start_response)

    return enter


def compute_app(global_conf: Any, **local: Any) -> Wsgi:
    """The Paste app of the Compute API."""
    return Router()
