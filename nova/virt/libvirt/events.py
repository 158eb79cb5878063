"""What libvirt tells by itself: handed to those who wait for it, and to the one who watches all guests."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import libvirt

from nova.contracts.errors import Unavailable

LOG = logging.getLogger(__name__)

STOPPED = "stopped"
REBOOTED = "rebooted"
CHANGED = "changed"
LOST = "lost"
RECONNECT_SECONDS = 5.0

_LIFECYCLE = {
    libvirt.VIR_DOMAIN_EVENT_STARTED: CHANGED,
    libvirt.VIR_DOMAIN_EVENT_SUSPENDED: CHANGED,
    libvirt.VIR_DOMAIN_EVENT_RESUMED: CHANGED,
    libvirt.VIR_DOMAIN_EVENT_STOPPED: STOPPED,
    libvirt.VIR_DOMAIN_EVENT_SHUTDOWN: CHANGED,
    libvirt.VIR_DOMAIN_EVENT_PMSUSPENDED: CHANGED,
    libvirt.VIR_DOMAIN_EVENT_CRASHED: CHANGED,
}


class Waiter:
    """Waits for events of one guest; those that came since it was made are not missed."""

    def __init__(self) -> None:
        self._seen: queue.SimpleQueue[str] = queue.SimpleQueue()

    def put(self, kind: str) -> None:
        """An event came."""
        self._seen.put(kind)

    def wait(self, kinds: tuple[str, ...], timeout: float) -> str | None:
        """The next event of one of the kinds, or LOST; None when none came in time (seconds, for each event)."""
        while True:
            try:
                kind = self._seen.get(timeout=max(0.0, timeout))
            except queue.Empty:
                return None
            if kind in kinds or kind == LOST:
                return kind


class Events:
    """Receives libvirt's callbacks. They run on its event loop's thread, where nobody may call libvirt or linger."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: dict[str, list[Waiter]] = {}
        self._changes: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._watcher: threading.Thread | None = None

    def attach(self, connection: Any) -> None:
        """Listen on a new connection."""
        any_id = connection.domainEventRegisterAny
        any_id(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._on_lifecycle, None)
        any_id(None, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self._on_reboot, None)

    def interrupt(self) -> None:
        """Wake all who wait: the connection that would have told them is gone."""
        with self._lock:
            waiters = [waiter for waiters in self._waiters.values() for waiter in waiters]
        for waiter in waiters:
            waiter.put(LOST)

    @contextmanager
    def expect(self, uuid: str) -> Iterator[Waiter]:
        """Begin to listen for a guest's events, before doing what causes them."""
        waiter = Waiter()
        with self._lock:
            self._waiters.setdefault(uuid, []).append(waiter)
        try:
            yield waiter
        finally:
            with self._lock:
                self._waiters[uuid].remove(waiter)
                if not self._waiters[uuid]:
                    del self._waiters[uuid]

    def watch(self, look: Callable[[str], None], reconnect: Callable[[], None]) -> None:
        """Call `look` with the uuid of each guest that changed, and `reconnect` whenever it is quiet for a while."""
        if self._watcher is None:
            self._watcher = threading.Thread(
                target=self._watch, args=(look, reconnect), name="libvirt-watch", daemon=True
            )
            self._watcher.start()

    def stop(self) -> None:
        """End the watching thread."""
        if self._watcher is not None:
            self._changes.put(None)
            self._watcher.join(timeout=RECONNECT_SECONDS)
            self._watcher = None

    def _watch(self, look: Callable[[str], None], reconnect: Callable[[], None]) -> None:
        while True:
            try:
                uuid = self._changes.get(timeout=RECONNECT_SECONDS)
            except queue.Empty:
                _guarded(reconnect)
                continue
            if uuid is None:
                return
            _guarded(look, uuid)

    def _on_lifecycle(self, _connection: Any, domain: Any, event: int, _detail: int, _opaque: Any) -> None:
        kind = _LIFECYCLE.get(event)
        if kind is None:
            return
        uuid = domain.UUIDString()
        self._tell(uuid, kind)
        if self._watcher is not None:
            self._changes.put(uuid)

    def _on_reboot(self, _connection: Any, domain: Any, _opaque: Any) -> None:
        self._tell(domain.UUIDString(), REBOOTED)

    def _tell(self, uuid: str, kind: str) -> None:
        with self._lock:
            waiters = list(self._waiters.get(uuid, []))
        for waiter in waiters:
            waiter.put(kind)


def _guarded(work: Callable[..., None], *args: Any) -> None:
    # One guest's trouble, or a hypervisor that is away, must not end the watch over the others.
    try:
        work(*args)
    except Unavailable as away:
        LOG.debug("The guests are not watched just now: %s", away)
    except Exception:
        LOG.exception("Watching the guests failed; the watch goes on")
