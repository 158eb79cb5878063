"""Guests that change their power state by themselves: the conductor hears of it at once."""

from __future__ import annotations

import logging
import queue
import threading

from nova.base.context import admin_context
from nova.compute.attention import Attention
from nova.contracts.compute import Hosts
from nova.contracts.errors import HostNotOwner, NovaError, Unavailable
from nova.contracts.guest import GuestRef, GuestState
from nova.contracts.states import PowerState
from nova.virt.driver import Driver

LOG = logging.getLogger(__name__)

MOST_WAITING = 10_000
PAUSE = 5.0
"""Seconds until a hypervisor that did not let itself be watched is asked again."""


def runs(state: GuestState) -> bool:
    """Whether there is a living guest, moving or not."""
    return state.power_state in (PowerState.RUNNING, PowerState.PAUSED)


def report(hosts: Hosts, host: str, states: list[GuestState]) -> None:
    """Tell the conductor; a server that has left the host meanwhile does not keep the others from being told."""
    if not states:
        return
    try:
        hosts.power_states(admin_context(), host=host, states=states)
    except HostNotOwner as refused:
        LOG.info("Not told: %s", refused)
        if len(states) > 1:
            for state in states:
                report(hosts, host, [state])


class PowerEvents:
    """Listens to the driver, and tells the conductor from a thread of its own.

    What cannot be told is dropped: convergence finds the difference later.
    """

    def __init__(self, host: str, driver: Driver, hosts: Hosts, attention: Attention, *, pause: float = PAUSE) -> None:
        self._pause = pause
        self._host, self._driver, self._hosts, self._attention = host, driver, hosts, attention
        self._changed: queue.Queue[str | None] = queue.Queue(MOST_WAITING)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="power events", daemon=True)

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End; waits a short while for what is being told."""
        self._ending.set()
        self.note(None)
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def note(self, server: str | None) -> None:
        """Something changed: called by the driver, which must not wait."""
        try:
            self._changed.put_nowait(server)
        except queue.Full:
            LOG.warning("Too many guests change at once; some are told of later")

    def _run(self) -> None:
        self._watch()
        while not self._ending.is_set():
            servers = {self._changed.get()}
            while not self._changed.empty() and len(servers) < MOST_WAITING:
                servers.add(self._changed.get())
            try:
                self.tell({server for server in servers if server is not None})
            except NovaError as error:
                LOG.warning("Power states were not told, they are later: %s", error)
            except Exception:
                LOG.exception("Power states were not told, they are later")

    def _watch(self) -> None:
        while not self._ending.is_set():
            try:
                self._driver.watch(lambda state: self.note(state.uuid))
            except Unavailable as away:
                LOG.warning("Guests are not watched yet: %s", away)
                self._ending.wait(self._pause)
            else:
                return

    def tell(self, servers: set[str]) -> None:
        """Report what these guests do now: an event may be old when its turn comes.

        A server that is being worked on is left out: who works on it tells the conductor.
        """
        free = [server for server in sorted(servers) if not self._attention.busy(server)]
        states = [self._driver.state(GuestRef(uuid=server)) for server in free]
        known = [state for state in states if state.power_state is not PowerState.NOSTATE]
        report(self._hosts, self._host, known)
