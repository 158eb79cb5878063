"""What the scheduler knows of hosts, turned on its side: one array a fact, one element a host.

A filter is then a mask over all hosts and a weigher a vector. Facts that many hosts share word for word (hypervisor
type, CPU features, aggregates ...) are kept once, as a `Profile`; a host only has its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from nova.contracts.scheduling import HostFacts

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Profile:
    """Facts that hosts of one make have in common. `supported` holds (architecture, hypervisor type, vm mode)."""

    hypervisor_type: str
    hypervisor_version: int
    cpu_info: dict[str, Any]
    supported: list[tuple[str, str, str]]
    traits: list[str]
    aggregates: dict[str, list[str]]


_PLAIN: dict[str, tuple[type, Callable[[HostFacts], Any]]] = {
    "vcpus": (np.int64, lambda facts: facts.report.vcpus),
    "memory_mb": (np.int64, lambda facts: facts.report.memory_mb),
    "disk_gb": (np.int64, lambda facts: facts.report.local_gb),
    "vcpus_used": (np.int64, lambda facts: facts.vcpus_used),
    "memory_mb_used": (np.int64, lambda facts: facts.memory_mb_used),
    "disk_gb_used": (np.int64, lambda facts: facts.disk_gb_used),
    "disk_gb_least": (np.int64, lambda facts: _least_disk(facts)),
    "memory_mb_reserved": (np.int64, lambda facts: facts.report.reserved_memory_mb),
    "disk_gb_reserved": (np.int64, lambda facts: facts.report.reserved_disk_gb),
    "cpu_ratio": (np.float64, lambda facts: facts.report.cpu_allocation_ratio),
    "memory_ratio": (np.float64, lambda facts: facts.report.ram_allocation_ratio),
    "disk_ratio": (np.float64, lambda facts: facts.report.disk_allocation_ratio),
    "servers": (np.int64, lambda facts: facts.servers),
    "io_ops": (np.int64, lambda facts: facts.io_ops),
    "alive": (np.bool_, lambda facts: facts.alive),
    "enabled": (np.bool_, lambda facts: facts.enabled),
    "generation": (np.int64, lambda facts: facts.generation),
}


def _least_disk(facts: HostFacts) -> int:
    """Free disk as measured on the host; all of it where the host does not measure."""
    least = facts.report.disk_available_least
    return facts.report.local_gb if least is None else least


class Columns:
    """All hosts. Every array and list has one element a row; a row is one resource provider.

    `*_used` figures are sums of claims, `disk_gb_least` is what the host measures as free, `zone` and `profile` are
    numbers looked up by `zone_number` and in `profiles`. Sizes are MiB and GiB as the names say.
    """

    vcpus: Ints
    memory_mb: Ints
    disk_gb: Ints
    vcpus_used: Ints
    memory_mb_used: Ints
    disk_gb_used: Ints
    disk_gb_least: Ints
    memory_mb_reserved: Ints
    disk_gb_reserved: Ints
    cpu_ratio: Floats
    memory_ratio: Floats
    disk_ratio: Floats
    servers: Ints
    io_ops: Ints
    alive: Mask
    enabled: Mask
    generation: Ints
    zone: Ints
    profile: Ints

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.nodes: list[str] = []
        self.providers: list[str] = []
        self.host_ips: list[str] = []
        self.profiles: list[Profile] = []
        self._row_of: dict[str, int] = {}
        self._rows_of_host: dict[str, list[int]] = {}
        self._zones: dict[str, int] = {}
        self._profile_numbers: dict[bytes, int] = {}
        for name, (kind, _) in _PLAIN.items():
            setattr(self, name, np.zeros(0, dtype=kind))
        self.zone = np.zeros(0, dtype=np.int64)
        self.profile = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.providers)

    def fill(self, all_facts: Sequence[HostFacts]) -> None:
        """Add or overwrite these hosts."""
        new = [facts for facts in all_facts if facts.provider not in self._row_of]
        if new:
            self._grow(new)
        if not all_facts:
            return
        rows = np.array([self._row_of[facts.provider] for facts in all_facts], dtype=np.intp)
        for name, (_, value) in _PLAIN.items():
            getattr(self, name)[rows] = [value(facts) for facts in all_facts]
        self.zone[rows] = [self._zones.setdefault(facts.zone, len(self._zones)) for facts in all_facts]
        self.profile[rows] = [self._profile_number(facts) for facts in all_facts]
        for row, facts in zip(rows.tolist(), all_facts, strict=True):
            self.hosts[row], self.nodes[row] = facts.host, facts.node
            self.host_ips[row] = facts.report.host_ip
        self._index_hosts()

    def drop_nodes(self, nodes: Iterable[str]) -> None:
        """Forget these nodes; unknown names are no error."""
        unwanted = set(nodes)
        if unwanted:
            self._keep([row for row, node in enumerate(self.nodes) if node not in unwanted])

    def drop_renewed(self, all_facts: Sequence[HostFacts]) -> None:
        """Forget providers whose node is now another provider: a hypervisor that was removed and came back."""
        now = {facts.node: facts.provider for facts in all_facts}
        if now:
            pairs = enumerate(zip(self.nodes, self.providers, strict=True))
            self._keep([row for row, (node, provider) in pairs if now.get(node, provider) == provider])

    def _keep(self, keep: list[int]) -> None:
        if len(keep) == len(self):
            return
        for name in (*_PLAIN, "zone", "profile"):
            setattr(self, name, getattr(self, name)[keep])
        for names in (self.hosts, self.nodes, self.providers, self.host_ips):
            names[:] = [names[row] for row in keep]
        self._row_of = {provider: row for row, provider in enumerate(self.providers)}
        self._index_hosts()

    def row_of(self, provider: str) -> int | None:
        """The row of a resource provider, None when it is unknown."""
        return self._row_of.get(provider)

    def mask(self, hosts: Iterable[str | None], node: str | None = None) -> Mask:
        """True for the rows of these hosts (and of this node only, when given); unknown names are no error."""
        found = np.zeros(len(self), dtype=np.bool_)
        for host in hosts:
            for row in self._rows_of_host.get(host or "", ()):
                found[row] = node is None or self.nodes[row] == node
        return found

    def every(self, value: bool) -> Mask:
        """A mask that says the same of all hosts."""
        return np.full(len(self), value, dtype=np.bool_)

    def by_profile(self, passes: Callable[[Profile], bool]) -> Mask:
        """A mask made by looking at each profile once."""
        return np.array([passes(profile) for profile in self.profiles], dtype=np.bool_)[self.profile]

    def zone_number(self, zone: str) -> int:
        """The number of a zone's name in `zone`, -1 when no host was ever in it."""
        return self._zones.get(zone, -1)

    def zone_name(self, row: int) -> str:
        """The name of the zone of a row."""
        number = self.zone[row]
        return next(name for name, known in self._zones.items() if known == number)

    def _grow(self, new: Sequence[HostFacts]) -> None:
        for name in (*_PLAIN, "zone", "profile"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.zeros(len(new), dtype=column.dtype)]))
        for facts in new:
            self._row_of[facts.provider] = len(self.providers)
            self.providers.append(facts.provider)
            self.hosts.append(facts.host)
            self.nodes.append(facts.node)
            self.host_ips.append(facts.report.host_ip)

    def _index_hosts(self) -> None:
        self._rows_of_host = {}
        for row, host in enumerate(self.hosts):
            self._rows_of_host.setdefault(host, []).append(row)

    def _profile_number(self, facts: HostFacts) -> int:
        report = facts.report
        parts = (report.type, report.version, report.cpu_info, report.supported, report.traits, facts.aggregates)
        key = msgspec.msgpack.encode(parts)
        number = self._profile_numbers.get(key)
        if number is None:
            number = self._profile_numbers[key] = len(self.profiles)
            self.profiles.append(Profile(*parts))
        return number
