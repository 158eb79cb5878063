"""One connection to a console proxy: web pages, or a WebSocket with a token."""

from __future__ import annotations

import http.client
import logging
import re
import socket
from collections.abc import Container
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockify.websocketserver import WebSocketRequestHandlerMixIn

from nova.base.context import admin_context
from nova.console.frames import ConsoleSocket
from nova.console.handshake import HandshakeReader
from nova.console.origin import is_host_allowed, is_scheme_allowed
from nova.console.protocols import Protocol
from nova.console.relay import Relay
from nova.contracts.console import ConsoleAccess, ConsoleAuth
from nova.contracts.errors import NotFound, NovaError

LOG = logging.getLogger(__name__)
_TOKEN = re.compile(r"(token(?:=|%3D))[^&\s\"';]+", re.IGNORECASE)


@dataclass(frozen=True)
class Rules:
    """What all connections of one proxy have in common."""

    protocol: Protocol
    auth: ConsoleAuth
    web: str
    allowed_origins: Container[str]
    handshake_seconds: float


class Refused(Exception):
    """The client gets `status` and nothing more; the log says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class ConsoleHandler(WebSocketRequestHandlerMixIn, SimpleHTTPRequestHandler):
    """Serves the files below `rules.web` to plain requests, and consoles to WebSockets."""

    SocketClass = ConsoleSocket
    protocol_version = "HTTP/1.1"
    server_version = "nova-console"
    sys_version = ""

    def __init__(self, connection: socket.socket, address: Any, server: Any, rules: Rules) -> None:
        self._rules = rules
        super().__init__(connection, address, server, directory=rules.web)

    def setup(self) -> None:
        """Everything is read through the bounded reader."""
        super().setup()
        self.rfile.close()
        self._reader = HandshakeReader(self.connection, self._rules.handshake_seconds)
        self.rfile = self._reader  # type: ignore[assignment]

    def handle_one_request(self) -> None:
        """One request; a client that goes away, drips or talks without end is let go of."""
        self._reader.next_request()
        try:
            super().handle_one_request()
        except http.client.HTTPException:
            self.requestline, self.request_version, self.command = "", self.protocol_version, ""
            self.close_connection = True
            self.send_error(414)
        except OSError as error:
            self.close_connection = True
            LOG.debug("%s went away: %s", self.client_address[0], error)

    def handle_upgrade(self) -> None:
        """Only a valid token turns the connection into a WebSocket."""
        self.close_connection = True
        try:
            access = self._access()
            target = self._connect(access)
        except Refused as refusal:
            LOG.warning("Console refused to %s: %s", self.client_address[0], refusal)
            self.send_error(refusal.status)
            return
        with target:
            self._target, self._console = target, access
            super().handle_upgrade()

    def handle_websocket(self) -> None:
        """Relay until one side ends."""
        access = self._console
        where = f"console of server {access.server} at {access.target.host}:{access.target.port}"
        LOG.info("%s opens the %s", self.client_address[0], where)
        ended = Relay(self.request, self._target).run()
        LOG.info("%s leaves the %s: %s", self.client_address[0], where, ended)

    def _access(self) -> ConsoleAccess:
        origin = self.headers.get("Origin")
        if not is_host_allowed(origin, self.headers.get("Host"), self._rules.allowed_origins):
            raise Refused(403, f"the page's origin {origin!r:.200} is not allowed")
        token = self._token()
        if not token:
            raise Refused(403, "there is no token")
        try:
            access = self._rules.auth.redeem(admin_context(), token=token)
        except NotFound:
            raise Refused(403, "the token is unknown, used or expired") from None
        except NovaError as error:
            raise Refused(503, f"the token cannot be checked: {error}") from error
        if not is_scheme_allowed(origin, access.access_url_base):
            raise Refused(403, f"the page's origin {origin!r:.200} has not the scheme of {access.access_url_base}")
        if not self._rules.protocol.serves(access.console_type, access.target):
            raise Refused(403, f"a token for {access.console_type} is of no use here")
        return access

    def _connect(self, access: ConsoleAccess) -> socket.socket:
        try:
            return self._rules.protocol.connect(access.target)
        except OSError as error:
            where = f"{access.target.host}:{access.target.port}"
            raise Refused(502, f"server {access.server} has no console at {where}: {error}") from error

    def _token(self) -> str | None:
        """From the URL, or from the cookie in which old pages keep it."""
        in_url = parse_qs(urlsplit(self.path).query).get("token")
        if in_url:
            return in_url[0].rstrip("\n")
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("token")
        except CookieError:
            return None
        return cookie.value if cookie else None

    def send_head(self) -> Any:
        """Of folders, only the page they begin with: a redirect to one could be led to another site."""
        if not self.path.split("?")[0].endswith("/") and Path(self.translate_path(self.path)).is_dir():
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path: Any) -> None:
        """Folders are nobody's business."""
        self.send_error(404)

    def end_headers(self) -> None:
        """Pages have the token in their address: it goes to no other site."""
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *words: Any) -> None:
        """Requests are of interest only when something is looked for; tokens never."""
        LOG.debug("%s: %s", self.client_address[0], _TOKEN.sub(r"\1***", format % words))
