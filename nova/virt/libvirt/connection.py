"""The connection to libvirtd: opened when needed, opened again when it was lost."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import libvirt

from nova.contracts.errors import Unavailable
from nova.virt.libvirt import faults

LOG = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 5
KEEPALIVE_MISSES = 3
OPEN_SECONDS = 10.0
"""A libvirtd that hangs takes connections and never answers; nothing but giving up on it helps."""


@functools.cache
def _run_event_loop() -> None:
    """Start libvirt's event loop, once a process and before the first connection: it carries the keepalive too."""
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    libvirt.virEventRegisterDefaultImpl()
    threading.Thread(target=_turn_event_loop, name="libvirt-events", daemon=True).start()


def _turn_event_loop() -> None:
    while True:
        libvirt.virEventRunDefaultImpl()


def _open_into(uri: str, answer: Future[Any]) -> None:
    try:
        answer.set_result(libvirt.open(uri))
    except BaseException as error:
        answer.set_exception(error)


class Connection:
    """One connection, shared by all threads. `opened` is called with every new one, `lost` when it breaks."""

    def __init__(self, uri: str, *, opened: Callable[[Any], None], lost: Callable[[], None]) -> None:
        self._uri = uri
        self._opened = opened
        self._lost = lost
        self._lock = threading.Lock()
        self._current: Any = None
        self._opening: Future[Any] | None = None
        self._closed = False

    def get(self) -> Any:
        """A connection that was alive a moment ago. Unavailable."""
        with self._lock:
            if self._current is not None and self._is_alive(self._current):
                return self._current
            self._drop()
            self._current = self._open()
            return self._current

    def close(self) -> None:
        """Let go of it for good; `get` would open it again."""
        with self._lock:
            self._closed = True
            self._drop()

    def _open(self) -> Any:
        _run_event_loop()
        try:
            made = self._open_in_time()
            made.setKeepAlive(KEEPALIVE_SECONDS, KEEPALIVE_MISSES)
            made.registerCloseCallback(self._on_close, None)
            self._opened(made)
        except libvirt.libvirtError as error:
            raise faults.unavailable(error) from error
        self._closed = False
        LOG.info("Connected to libvirt at %s", self._uri)
        return made

    def _open_in_time(self) -> Any:
        """Open, and leave an attempt that takes too long to its own thread: the next call looks at it again."""
        if self._opening is None:
            self._opening = Future()
            threading.Thread(target=_open_into, args=(self._uri, self._opening), daemon=True).start()
        try:
            made = self._opening.result(timeout=OPEN_SECONDS)
        except TimeoutError as late:
            raise Unavailable(service="The hypervisor", hint=faults.HINT, log="no answer to a connect") from late
        except libvirt.libvirtError:
            self._opening = None
            raise
        self._opening = None
        return made

    def _on_close(self, _connection: Any, reason: int, _opaque: Any) -> None:
        if not self._closed:
            LOG.warning("The connection to libvirt at %s broke (reason %s)", self._uri, reason)
        self._lost()

    def _drop(self) -> None:
        old, self._current = self._current, None
        if old is not None:
            try:
                old.close()
            except libvirt.libvirtError as error:
                LOG.debug("Closing a broken connection: %s", error)

    @staticmethod
    def _is_alive(connection: Any) -> bool:
        try:
            return bool(connection.isAlive())
        except libvirt.libvirtError:
            return False
