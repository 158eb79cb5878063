"""Sessions: HTTP with a token, for the clients of the other services.

A configuration section says who the daemon is (`auth_type = password` and its options) or that there is no Keystone
(`auth_type` unset or `none`, as in a cloud with `noauth2`).
"""

from __future__ import annotations

from typing import Any

import requests
from keystoneauth1 import loading, noauth, plugin, session, token_endpoint
from oslo_config import cfg
from requests.adapters import HTTPAdapter

CONNECT_TIMEOUT = 5.0
"""Seconds for a service's host to take the connection: one that is away must be told soon."""
READ_TIMEOUT = 60.0
"""Seconds between two pieces of an answer, where the section's `timeout` does not say."""


class _BoundedAdapter(HTTPAdapter):
    """Gives connecting a shorter limit than answering: the session knows but one number for both."""

    def __init__(self, connect: float, read: float) -> None:
        self._limits = (connect, read)
        super().__init__(pool_connections=10, pool_maxsize=64)

    def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Send with both limits, whatever the caller passed."""
        return super().send(request, **{**kwargs, "timeout": self._limits})


def open_session(conf: cfg.ConfigOpts, section: str) -> session.Session:
    """A session with the section's TLS options and time limits, and the daemon's own credentials."""
    options = conf[section]
    read = float(options.timeout or READ_TIMEOUT)
    http = requests.Session()
    for scheme in ("http://", "https://"):
        http.mount(scheme, _BoundedAdapter(min(CONNECT_TIMEOUT, read), read))
    verify: bool | str = not options.insecure and (options.cafile or True)
    cert = (options.certfile, options.keyfile) if options.certfile and options.keyfile else options.certfile
    auth = own_credentials(conf, section)
    return session.Session(auth=auth, session=http, verify=verify, cert=cert, redirect=5)


def own_credentials(conf: cfg.ConfigOpts, section: str) -> plugin.BaseAuthPlugin:
    """Who the daemon is for this service."""
    chosen = loading.load_auth_from_conf_options(conf, section) if conf[section].auth_type else None
    return chosen or noauth.NoAuth()


def without_keystone(auth: plugin.BaseAuthPlugin | None) -> bool:
    """Whether these credentials are none."""
    return isinstance(auth, noauth.NoAuth)


def bearer(token: str) -> plugin.BaseAuthPlugin:
    """A caller's own token, to be passed on as it came."""
    return token_endpoint.Token(None, token)
