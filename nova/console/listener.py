"""Taking connections: one thread each, and not more than the settings allow."""

from __future__ import annotations

import logging
import socket
import socketserver
import ssl
import threading
from functools import partial
from pathlib import Path
from typing import Any

from nova.console.handler import ConsoleHandler, Rules
from nova.console.settings import DEFAULT_CERT

LOG = logging.getLogger(__name__)

# The first byte of a TLS handshake.
_TLS = b"\x16"


class Listener(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A console proxy. Plain connections and, with a certificate, TLS come in at the same port.

    OSError when the address cannot be listened on.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        rules: Rules,
        *,
        max_connections: int,
        tls: ssl.SSLContext | None = None,
        tls_only: bool = False,
        ipv6: bool = False,
    ) -> None:
        self.address_family = socket.AF_INET6 if ipv6 else socket.AF_INET
        self._rules, self._tls, self._tls_only = rules, tls, tls_only
        self._free = threading.Semaphore(max_connections)
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, partial(ConsoleHandler, rules=rules))
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name="console listener", daemon=True)

    def start(self) -> None:
        """Take connections from now on; returns at once."""
        self._thread.start()
        LOG.info("Consoles are served at %s port %s%s", *self.server_address[:2], " with TLS" if self._tls else "")

    def stop(self) -> None:
        """Take none any more and end those that are open."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                _end(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for the connection, or its end when there are too many."""
        if not self._free.acquire(blocking=False):
            LOG.warning("Connection of %s refused: there are too many", client_address[0])
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """The whole life of a connection."""
        with self._open_lock:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                self._open.discard(request)
            self._free.release()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS if the client begins so, then HTTP."""
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        request.settimeout(self._rules.handshake_seconds)
        wants_tls = request.recv(1, socket.MSG_PEEK) == _TLS
        if wants_tls and self._tls is not None:
            with self._tls.wrap_socket(_own(request), server_side=True) as wrapped:
                super().finish_request(wrapped, client_address)
        elif wants_tls or self._tls_only:
            LOG.info("%s refused: %s", client_address[0], "there is no TLS here" if wants_tls else "TLS is needed")
        else:
            super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Strangers send what they like: no trace of it but a line."""
        LOG.info("Connection of %s ended early", client_address[0], exc_info=LOG.isEnabledFor(logging.DEBUG))


def tls_context(cert: str, key: str | None, ciphers: str | None, minimum: str) -> ssl.SSLContext | None:
    """TLS by the settings; None without the default certificate file.

    OSError when what was named cannot be used: who names a certificate wants no plain connections.
    """
    if cert == DEFAULT_CERT and not Path(cert).is_file():
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except OSError as error:
        files = f"{cert} with the key {key}" if key else cert
        raise OSError(f"the certificate {files} cannot be used: {error}") from error
    versions = {
        "tlsv1_1": ssl.TLSVersion.TLSv1_1,
        "tlsv1_2": ssl.TLSVersion.TLSv1_2,
        "tlsv1_3": ssl.TLSVersion.TLSv1_3,
    }
    if minimum in versions:
        context.minimum_version = versions[minimum]
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def _own(connection: socket.socket) -> socket.socket:
    """The same connection under a descriptor of its own: wrapping takes the given one over."""
    return connection.dup()


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        LOG.debug("A connection was closed already")
