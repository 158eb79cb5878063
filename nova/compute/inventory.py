"""Tells the conductor what this host has to give: when that changes, and now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from nova.base.context import admin_context
from nova.compute.outage import Outage
from nova.contracts.compute import Hosts
from nova.contracts.hypervisor import HypervisorReport
from nova.virt.driver import Driver

REPEATED = 600.0
"""Seconds after which an unchanged report is sent again: the conductor may have lost it."""


class Inventory:
    """The host's report."""

    def __init__(self, host: str, driver: Driver, hosts: Hosts, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host, self._driver, self._hosts, self._clock = host, driver, hosts, clock
        self._outage = Outage("The report of this host")
        self._sent: HypervisorReport | None = None
        self._sent_at = 0.0

    def work(self) -> None:
        """Look, and send if there is something to tell."""
        with self._outage.expected():
            report = self._driver.inventory()
            if _lasting(report) == self._sent and self._clock() - self._sent_at < REPEATED:
                return
            self._hosts.report(admin_context(), host=self._host, report=report)
            self._sent, self._sent_at = _lasting(report), self._clock()


def _lasting(report: HypervisorReport) -> HypervisorReport:
    """Without the figures that every breath of the host changes; nothing is placed by them."""
    return msgspec.structs.replace(report, memory_mb_used=0, local_gb_used=0, disk_available_least=None)
