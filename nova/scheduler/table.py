"""The host table: columns kept by what the conductor says, less what was promised since.

The conductor's claims are the truth. Between a placement and the claim that follows it, the table counts the
server as there ("charged"), so that the next placement looks elsewhere when the host is full.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from nova.contracts.flavor import Flavor
from nova.contracts.scheduling import HostChanges
from nova.scheduler.columns import Columns
from nova.scheduler.demand import disk_gb

# By then a placement is a claim, which the conductor counts, or was given up: its charge is taken back.
CHARGE_SECONDS = 5.0
# Claims follow placements at once. Who would be told that nothing fits gets the benefit of the doubt this soon.
SETTLED_SECONDS = 1.0


@dataclass(frozen=True)
class Charge:
    """What one placement took from a host, and when by the monotonic clock."""

    at: float
    vcpus: int
    memory_mb: int
    disk_gb: int


class Table:
    """All hosts of the cloud in memory. Hold `lock` around every use."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lock = threading.RLock()
        self.hosts = Columns()
        self.version = 0
        self.loaded = False
        self._clock = clock
        self._charges: dict[str, list[Charge]] = {}

    def apply(self, changes: HostChanges, asked_at: float) -> None:
        """Take over what changed. `asked_at`: later charges cannot be in it yet and stay."""
        if changes.all:
            self.hosts = Columns()
        self.hosts.drop_nodes(changes.gone)
        self.hosts.drop_renewed(changes.hosts)
        self.hosts.fill(changes.hosts)
        for facts in changes.hosts:
            kept = [charge for charge in self._charges.pop(facts.provider, []) if charge.at >= asked_at]
            for charge in kept:
                self._add(facts.provider, charge, 1)
            if kept:
                self._charges[facts.provider] = kept
        self.version, self.loaded = changes.version, True
        self._forget_charges(CHARGE_SECONDS)

    def settle(self) -> None:
        """Count only charges so young that what the conductor just said may not hold their claims."""
        self._forget_charges(SETTLED_SECONDS)

    def charge(self, row: int, flavor: Flavor) -> None:
        """Count a server of this flavor as there."""
        provider = self.hosts.providers[row]
        charge = Charge(self._clock(), flavor.vcpus, flavor.memory_mb, disk_gb(flavor))
        self._charges.setdefault(provider, []).append(charge)
        self._add(provider, charge, 1)

    def _forget_charges(self, seconds: float) -> None:
        oldest = self._clock() - seconds
        for provider, charges in list(self._charges.items()):
            for charge in charges:
                if charge.at < oldest:
                    self._add(provider, charge, -1)
            young = [charge for charge in charges if charge.at >= oldest]
            if young:
                self._charges[provider] = young
            else:
                del self._charges[provider]

    def _add(self, provider: str, charge: Charge, sign: int) -> None:
        row = self.hosts.row_of(provider)
        if row is None:
            return
        hosts = self.hosts
        hosts.vcpus_used[row] += sign * charge.vcpus
        hosts.memory_mb_used[row] += sign * charge.memory_mb
        hosts.disk_gb_used[row] += sign * charge.disk_gb
        hosts.servers[row] += sign
        hosts.io_ops[row] += sign
