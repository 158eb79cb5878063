"""Green or native threads: the one place that knows.

nova-api and nova-api-metadata hold thousands of mostly idle connections and run on eventlet's green threads. The RPC
daemons run on native threads, which hypervisor and database libraries written in C do not block. The environment
variable NOVA_CONCURRENCY (`eventlet` or `native`) overrides the daemon's own choice.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

GREEN = "eventlet"
NATIVE = "native"

LOG = logging.getLogger(__name__)

_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_PAUSE = 0.1
_SAID_SECONDS = 60.0

_chosen = NATIVE


def choose(default: str) -> str:
    """Decide for this process and patch the standard library if green. Call before anything else is imported."""
    global _chosen
    wanted = os.environ.get("NOVA_CONCURRENCY", default)
    if wanted not in (GREEN, NATIVE):
        raise SystemExit(f"NOVA_CONCURRENCY must be {GREEN} or {NATIVE}, not {wanted!r}")
    if wanted == GREEN:
        _patch_once()
    _chosen = wanted
    return wanted


def chosen() -> str:
    """`eventlet` or `native`."""
    return _chosen


def patch() -> None:
    """Run this process on green threads."""
    choose(GREEN)


def _patch_once() -> None:
    with warnings.catch_warnings():
        # Eventlet and oslo announce eventlet's retirement at every import; the choice is made here, knowingly.
        warnings.simplefilter("ignore")
        import eventlet

    if not eventlet.patcher.is_monkey_patched("socket"):
        eventlet.monkey_patch()


def after_fork() -> None:
    """Give this green child an event loop of its own: one from before the fork takes the other processes' events."""
    from eventlet import hubs

    hubs.use_hub()


def _chunks_end(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Say in WSGI's way that a body sent in chunks ends by itself, as eventlet's does: else nobody reads it."""

    def enter(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            environ["wsgi.input_terminated"] = True
        return application(environ, start_response)

    return enter


def _protocol(of_an_address: int | None) -> type:
    """How a connection is handled. One above an address's share is closed before anything is read from it."""
    from eventlet import wsgi

    held: Counter[str] = Counter()

    class Protocol(wsgi.HttpProtocol):
        default_request_version = "HTTP/1.0"
        server_version = "nova"
        sys_version = ""

        def handle(self) -> None:
            address = self.client_address[0]
            if of_an_address is not None and held[address] >= of_an_address:
                return
            held[address] += 1
            try:
                super().handle()
            finally:
                held[address] -= 1
                if not held[address]:
                    del held[address]

    return Protocol


class _Door:
    """A listening socket whose trouble ends nothing: what comes meanwhile waits until it has passed."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._said_at: float | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection. A client that is gone already is nobody's concern."""
        while True:
            try:
                return self._listener.accept()
            except OSError as error:
                if error.errno in (errno.EBADF, errno.EINVAL):
                    raise
                self._wait(error)

    def _wait(self, error: OSError) -> None:
        full, now = error.errno in _NO_ROOM, time.monotonic()
        if full and (self._said_at is None or now - self._said_at > _SAID_SECONDS):
            LOG.error("No connection can be taken until others end: %s", error.strerror)
            self._said_at = now
        time.sleep(_PAUSE if full else 0)


def serve_http(
    listener: socket.socket,
    application: Callable[..., Iterable[bytes]],
    *,
    signals: Sequence[int],
    on_signal: Callable[[int], bool],
    connections: int,
    of_an_address: int | None,
    keep_alive: bool,
    client_timeout: float | None,
    line_limit: int,
    drain_seconds: float,
) -> None:
    """Serve HTTP on green threads until `on_signal` answers True for one of the signals, which may come in blocked.

    Then no connection is taken any more, and requests under way have `drain_seconds` to end. `connections` may be open
    at once, `of_an_address` of them from one address. Signals arrive through a pipe: a handler alone would not wake the
    hub that waits for sockets.
    """
    from eventlet import GreenPool, Timeout, hubs, spawn, wsgi
    from greenlet import GreenletExit

    wsgi.MAX_HEADER_LINE, wsgi.MAX_TOTAL_HEADER_SIZE = line_limit, 8 * line_limit
    receiver, sender = os.pipe()
    os.set_blocking(receiver, False)
    os.set_blocking(sender, False)
    signal.set_wakeup_fd(sender, warn_on_full_buffer=False)
    for number in signals:
        signal.signal(number, lambda *_: None)
    # Only now is nothing lost that came while the process was being made ready.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    serving = spawn(
        wsgi.server,
        _Door(listener),
        _chunks_end(application),
        protocol=_protocol(of_an_address),
        custom_pool=GreenPool(connections),
        keepalive=keep_alive,
        socket_timeout=client_timeout or None,
        log_output=False,
        debug=False,
        capitalize_response_headers=False,
    )
    over = False
    while not over:
        hubs.trampoline(receiver, read=True)
        over = True in [on_signal(number) for number in os.read(receiver, 64)]
    serving.kill()
    # The port is free for the next process at once, and no client waits for one that ends.
    listener.close()
    with Timeout(drain_seconds, False), contextlib.suppress(GreenletExit):
        serving.wait()
