"""One host seen alone, under the names that flavors' capabilities and out-of-tree filters know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from nova.scheduler.columns import Columns, Profile

Numbers = npt.NDArray[Any]

NUMBERS: dict[str, Callable[[Columns], Numbers]] = {
    "vcpus_total": lambda hosts: hosts.vcpus,
    "vcpus_used": lambda hosts: hosts.vcpus_used,
    "total_usable_ram_mb": lambda hosts: hosts.memory_mb,
    "free_ram_mb": lambda hosts: free_memory_mb(hosts),
    "total_usable_disk_gb": lambda hosts: hosts.disk_gb,
    "free_disk_mb": lambda hosts: free_disk_gb(hosts) * 1024,
    "disk_mb_used": lambda hosts: hosts.disk_gb_used * 1024,
    "num_instances": lambda hosts: hosts.servers,
    "num_io_ops": lambda hosts: hosts.io_ops,
    "cpu_allocation_ratio": lambda hosts: hosts.cpu_ratio,
    "ram_allocation_ratio": lambda hosts: hosts.memory_ratio,
    "disk_allocation_ratio": lambda hosts: hosts.disk_ratio,
}
"""Figures that differ from host to host and change all the time."""

PROFILED: dict[str, Callable[[Profile], Any]] = {
    "hypervisor_type": lambda profile: profile.hypervisor_type,
    "hypervisor_version": lambda profile: profile.hypervisor_version,
    "cpu_info": lambda profile: profile.cpu_info,
    "supported_instances": lambda profile: [list(triple) for triple in profile.supported],
    "traits": lambda profile: profile.traits,
    "aggregates": lambda profile: profile.aggregates,
}
"""What many hosts share."""

NAMES: dict[str, Callable[[Columns], list[str]]] = {
    "host": lambda hosts: hosts.hosts,
    "nodename": lambda hosts: hosts.nodes,
    "hypervisor_hostname": lambda hosts: hosts.nodes,
    "uuid": lambda hosts: hosts.providers,
    "host_ip": lambda hosts: hosts.host_ips,
}
"""What names one host."""


def free_memory_mb(hosts: Columns) -> Numbers:
    """Memory no server was promised, not counting overcommitment, in MiB; may be negative."""
    return hosts.memory_mb - hosts.memory_mb_reserved - hosts.memory_mb_used


def free_disk_gb(hosts: Columns) -> Numbers:
    """Disk no server was promised and that is really free, in GiB; may be negative."""
    return np.minimum(hosts.disk_gb - hosts.disk_gb_reserved - hosts.disk_gb_used, hosts.disk_gb_least)


class HostView:
    """One row of the table, read when asked: for filters that look at one host at a time.

    Its attributes are the keys of NUMBERS, PROFILED and NAMES, and `availability_zone`, `service_up`,
    `service_enabled`. Views of one table that share `figures` compute each figure once for all hosts.
    """

    def __init__(self, hosts: Columns, row: int, figures: dict[str, Numbers] | None = None) -> None:
        self._hosts, self._row = hosts, row
        self._figures = {} if figures is None else figures

    def __getattr__(self, name: str) -> Any:
        if name in NUMBERS:
            if name not in self._figures:
                self._figures[name] = NUMBERS[name](self._hosts)
            return self._figures[name][self._row].item()
        if name in PROFILED:
            return PROFILED[name](self._hosts.profiles[self._hosts.profile[self._row]])
        if name in NAMES:
            return NAMES[name](self._hosts)[self._row]
        raise AttributeError(f"A host has no attribute {name}")

    @property
    def availability_zone(self) -> str:
        """The host's zone."""
        return self._hosts.zone_name(self._row)

    @property
    def service_up(self) -> bool:
        """Whether its nova-compute gives signs of life."""
        return bool(self._hosts.alive[self._row])

    @property
    def service_enabled(self) -> bool:
        """Whether operators let servers be placed on it."""
        return bool(self._hosts.enabled[self._row])
