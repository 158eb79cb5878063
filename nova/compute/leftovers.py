"""What is on this host by whose mark, and what of it has no owner in a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nova.compute.filters import GuestFilters
from nova.compute.power import runs
from nova.contracts.audit import Finding
from nova.contracts.compute import HostPlan
from nova.virt.driver import Driver

UNTOLD = "It carries no server's mark: see whether anything uses it, then remove it by hand."
REAPED = "nova-compute removes it by itself soon; if it stays, see that host's log."


@dataclass(frozen=True)
class Holding:
    """One thing on this host. `kind` is domain, tap, chain or disk; `owner` a server's uuid as its mark says."""

    kind: str
    name: str
    owner: str | None


def holdings(driver: Driver, filters: GuestFilters) -> Iterator[Holding]:
    """Everything that was made for guests, in the order in which it is to be taken away."""
    for state in driver.guests():
        yield Holding("domain", state.name or state.uuid, state.uuid)
    for device, owner in driver.taps().items():
        yield Holding("tap", device, owner)
    for server, chain in filters.owners().items():
        yield Holding("chain", chain, server)
    for server, folder in driver.disk_owners().items():
        yield Holding("disk", folder, server)


class Leftovers:
    """Compares the host with a plan; changes nothing."""

    def __init__(
        self, host: str, driver: Driver, filters: GuestFilters, half_written: Callable[[], Iterable[Path]]
    ) -> None:
        self._host, self._driver, self._filters, self._half_written = host, driver, filters, half_written

    def findings(self, plan: HostPlan) -> list[Finding]:
        """Things without an owner in the plan, and servers of the plan without their guest."""
        planned = {one.guest.uuid for one in plan.guests}
        found = list(holdings(self._driver, self._filters))
        findings = [
            self._finding(one.kind, one.name, one.owner, REAPED if one.owner else UNTOLD)
            for one in found
            if one.owner not in planned
        ]
        findings += [
            self._finding("file", str(path), None, "It is removed when nova-compute starts again.")
            for path in self._half_written()
        ]
        return findings + self._missing(plan)

    def _missing(self, plan: HostPlan) -> list[Finding]:
        running = {state.uuid for state in self._driver.guests() if runs(state)}
        return [
            self._finding("domain", one.guest.name, one.guest.uuid, "The server should run: reboot it hard.")
            for one in plan.guests
            if one.should_run and not one.busy and one.guest.uuid not in running
        ]

    def _finding(self, kind: str, what: str, owner: str | None, hint: str) -> Finding:
        return Finding(kind=kind, where=self._host, what=what, owner=owner, hint=hint)
