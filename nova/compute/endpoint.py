"""What nova-compute does when asked."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Semaphore
from typing import Any

from nova.base.context import RequestContext
from nova.compute.attention import Attention
from nova.compute.filters import GuestFilters
from nova.compute.image_cache import ImageCache
from nova.compute.leftovers import Leftovers
from nova.contracts.audit import Finding
from nova.contracts.compute import Compute, HostPlan
from nova.contracts.errors import NovaError, StepFailed
from nova.contracts.guest import ConsoleTarget, Guest, GuestRef, GuestState
from nova.contracts.network import Filters
from nova.virt.driver import Driver

LOG = logging.getLogger(__name__)

MAX_CONSOLE = 100 * 1024
"""Bytes of a console log that are answered at most."""


class ComputeEndpoint(Compute):
    """The steps of tasks on this host. Steps for one server wait for each other; others run beside them."""

    def __init__(
        self,
        *,
        host: str,
        driver: Driver,
        filters: GuestFilters,
        images: ImageCache,
        attention: Attention,
        leftovers: Leftovers,
        shutdown_timeout: int,
        builds_at_once: int = 0,
    ) -> None:
        """`shutdown_timeout` is in seconds; more builds than `builds_at_once` wait for their turn (0: none waits)."""
        self._host, self._driver, self._filters, self._images = host, driver, filters, images
        self._attention, self._leftovers = attention, leftovers
        self._shutdown_timeout = shutdown_timeout
        self._turn: AbstractContextManager[Any] = Semaphore(builds_at_once) if builds_at_once else nullcontext()

    def make_disks(self, context: RequestContext, *, guest: Guest) -> None:
        """Images first and without holding the server: a delete need not wait for a long download."""
        began = self._attention.clock()
        with self._told("write the server's disks", guest.uuid), self._turn:
            for image in (guest.image, guest.kernel, guest.ramdisk):
                if image is not None:
                    self._images.fetch(image)
            with self._work_on(guest):
                if self._attention.removed_since(guest.uuid, began):
                    raise StepFailed(reason="The server was removed from the host while its image was fetched.")
                self._driver.make_disks(guest, self._images.fetch)

    def remove_disks(self, context: RequestContext, *, guest: GuestRef) -> None:
        """Delete the server's folder on this host."""
        with self._told("remove the server's disks", guest.uuid), self._remove(guest):
            self._driver.remove_disks(guest)

    def start_guest(self, context: RequestContext, *, guest: Guest) -> GuestState:
        """Filters stand before the first interface comes up."""
        with self._told("start the server", guest.uuid), self._work_on(guest):
            return self._start(guest)

    def destroy_guest(self, context: RequestContext, *, guest: GuestRef, with_disks: bool = False) -> None:
        """Filters fall after the last interface is gone, disks after the guest."""
        with self._told("end the server", guest.uuid), self._remove(guest):
            self._driver.destroy(guest)
            self._filters.remove(guest.uuid)
            if with_disks:
                self._driver.remove_disks(guest)

    def power_off(self, context: RequestContext, *, guest: GuestRef, wait: int | None) -> GuestState:
        """Ask the guest to shut down, and end it after `wait` seconds; None for the host's own patience."""
        with self._told("stop the server", guest.uuid), self._attention.hold(guest.uuid):
            return self._driver.power_off(guest, self._shutdown_timeout if wait is None else wait)

    def power_on(self, context: RequestContext, *, guest: Guest) -> GuestState:
        """As a start: nothing of before is relied upon."""
        return self.start_guest(context, guest=guest)

    def reboot(self, context: RequestContext, *, guest: Guest, hard: bool) -> GuestState:
        """A guest that does not obey a soft reboot gets a hard one."""
        ref = reference(guest)
        with self._told("reboot the server", guest.uuid), self._work_on(guest):
            if not hard and self._driver.reboot_softly(ref):
                return self._driver.state(ref)
            if not hard:
                LOG.info("Server %s did not reboot by itself: its guest is made anew", guest.uuid)
            self._driver.destroy(ref)
            return self._start(guest)

    def console_output(self, context: RequestContext, *, guest: GuestRef, lines: int | None) -> str:
        """The last lines, or all there is for None and for less than 0."""
        with self._told("read the server's console", guest.uuid):
            text = self._driver.console_log(guest)[-MAX_CONSOLE:].decode("utf-8", "replace")
        if lines is None or lines < 0:
            return text
        return "".join(text.splitlines(keepends=True)[-lines:]) if lines else ""

    def console_target(self, context: RequestContext, *, guest: GuestRef, kind: str) -> ConsoleTarget:
        """Where the screen is served."""
        with self._told("find the server's console", guest.uuid):
            return self._driver.console_target(guest, kind)

    def apply_filters(self, context: RequestContext, *, filters: list[Filters]) -> None:
        """Only of servers filtered here already: this may come after the server has left."""
        for one in filters:
            self._attention.note(one.server)
        here = self._filters.owners()
        changed = [one for one in filters if one.server in here]
        if changed:
            self._filters.apply(changed)

    def power_states(self, context: RequestContext, *, servers: list[str]) -> list[GuestState]:
        """Asked of the hypervisor one by one: few change at once."""
        with self._told("be asked for power states", None):
            return [self._driver.state(GuestRef(uuid=server)) for server in servers]

    def uptime(self, context: RequestContext) -> str:
        """In the form of the command of that name."""
        return uptime_line()

    def leftovers(self, context: RequestContext, *, plan: HostPlan) -> list[Finding]:
        """What is here and should not be, what should and is not."""
        with self._told("be looked through", None):
            return self._leftovers.findings(plan)

    @contextmanager
    def _work_on(self, guest: Guest) -> Iterator[None]:
        """Hold the server, unless it was removed from here after this was asked for: then nothing would end it."""
        with self._attention.hold(guest.uuid):
            if self._attention.outdated(guest.uuid, guest.told_at):
                raise StepFailed(reason="The server was removed from the host after this was asked for.")
            yield

    def _remove(self, guest: GuestRef) -> AbstractContextManager[None]:
        return self._attention.hold(guest.uuid, removal=True, told_at=guest.told_at)

    def _start(self, guest: Guest) -> GuestState:
        self._filters.apply([wanted_filters(guest)])
        return self._driver.start(guest)

    @contextmanager
    def _told(self, what: str, server: str | None) -> Iterator[None]:
        """Errors with words for the server's owner pass; of all others the details stay in the log."""
        try:
            yield
        except NovaError as error:
            LOG.warning("Could not %s (%s): %s %s", what, server, error, error.log)
            raise
        except Exception as error:
            LOG.exception("Could not %s (%s)", what, server)
            reason = f"Host {self._host} could not {what}. The operator finds the reason in its log."
            raise StepFailed(reason=reason) from error


def reference(guest: Guest) -> GuestRef:
    """What suffices to find a guest."""
    return GuestRef(uuid=guest.uuid, number=guest.number, name=guest.name, vifs=guest.vifs)


def wanted_filters(guest: Guest) -> Filters:
    """How a guest is to be filtered."""
    return Filters(server=guest.uuid, number=guest.number, vifs=guest.vifs, rules=guest.rules)


def uptime_line() -> str:
    """Time of day, days and hours since the host started, load."""
    seconds = int(float(Path("/proc/uptime").read_text().split()[0]))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    since = f"{days} day{'s' if days != 1 else ''}, " if days else ""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return f" {time.strftime('%H:%M:%S')} up {since}{hours:2d}:{minutes:02d},  0 users,  load average: {load}"
