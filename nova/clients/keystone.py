"""Sessions: HTTP with a token, for the clients of the other services.

A configuration section says who the daemon is (`auth_type = password` and its options) or that there is no Keystone
(`auth_type = none`, as in a cloud with `noauth2`): then tokens only name the caller. Where `auth_type` is unset the
daemon has no credentials of its own, and passes callers' tokens on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import requests
from keystoneauth1 import loading, noauth, plugin, session, token_endpoint
from oslo_config import cfg
from requests.adapters import HTTPAdapter

from nova.base.context import RequestContext
from nova.contracts.errors import Unauthorized

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


class Nobody(noauth.NoAuth):
    """For clouds without Keystone: headers say in plain words who asks, as Keystone's middleware would have put them.

    A service under trial believes them when that middleware is left out of its pipeline.
    """

    def __init__(self, user: str, project: str, roles: Sequence[str], *, by_choice: bool = True) -> None:
        """`by_choice`: the settings say that there is no Keystone, rather than nothing."""
        super().__init__()
        self.by_choice = by_choice
        self._headers = {
            "X-Auth-Token": f"{user}:{project}",
            "X-Identity-Status": "Confirmed",
            "X-User-Id": user,
            "X-Project-Id": project,
            "X-Roles": ",".join(roles),
        }

    def get_headers(self, session: Any) -> dict[str, str]:
        """What each request carries."""
        return dict(self._headers)


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
    kind = conf[section].auth_type
    chosen = loading.load_auth_from_conf_options(conf, section) if kind not in (None, "none") else None
    return chosen or Nobody("nova", "service", ["admin"], by_choice=kind == "none")


def caller_credentials(context: RequestContext, own: plugin.BaseAuthPlugin | None) -> plugin.BaseAuthPlugin:
    """The caller's own token, passed on as it came. Unauthorized without one, unless there is no Keystone at all."""
    if isinstance(own, Nobody) and (own.by_choice or not context.auth_token):
        return Nobody(context.user_id or "", context.project_id or "", context.roles)
    if context.auth_token:
        return token_endpoint.Token(None, context.auth_token)
    raise Unauthorized(reason="the request came without a token.")
