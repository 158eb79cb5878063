"""Hypervisors: what a compute host reports and what the API shows."""

from __future__ import annotations

import datetime
from typing import Any

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.record import Page, Record


class HypervisorReport(Record, frozen=True, kw_only=True):
    """Inventory of one hypervisor. `*_mb` MiB, `*_gb` GiB. `supported` holds (arch, hypervisor type, vm mode).

    `cpu_info` is {"vendor", "model", "arch", "features": [..], "topology": {"sockets","cores","threads"}}.
    """

    hostname: str
    type: str
    version: int
    host_ip: str
    vcpus: int
    memory_mb: int
    local_gb: int
    memory_mb_used: int = 0
    local_gb_used: int = 0
    disk_available_least: int | None = None
    cpu_info: dict[str, Any] = {}
    supported: list[tuple[str, str, str]] = []
    cpu_allocation_ratio: float = 16.0
    ram_allocation_ratio: float = 1.5
    disk_allocation_ratio: float = 1.0
    reserved_memory_mb: int = 512
    reserved_disk_gb: int = 0
    traits: list[str] = []


class HypervisorServer(Record, frozen=True, kw_only=True):
    """A server on a hypervisor: uuid and the hypervisor's name for it."""

    uuid: str
    name: str


class Hypervisor(Record, frozen=True, kw_only=True):
    """A compute node. `id` is the number older microversions show; used figures come from the claims."""

    id: int
    uuid: str
    report: HypervisorReport
    service_id: int
    service_uuid: str
    service_host: str
    service_disabled_reason: str | None = None
    state: str
    status: str
    vcpus_used: int = 0
    memory_mb_used: int = 0
    local_gb_used: int = 0
    running_vms: int = 0
    current_workload: int = 0
    servers: list[HypervisorServer] | None = None
    updated_at: datetime.datetime | None = None


class Hypervisors(Contract):
    """Hypervisors as the conductor keeps them."""

    topic = "conductor"
    namespace = "hypervisors"

    @call(timeout=30)
    def find(
        self,
        context: RequestContext,
        *,
        page: Page,
        hostname_part: str | None = None,
        with_servers: bool = False,
    ) -> list[Hypervisor]:
        """One page by id. BadRequest for an unknown marker."""
        ...

    @call(timeout=30)
    def get(self, context: RequestContext, *, id: str, with_servers: bool = False) -> Hypervisor:
        """By number or uuid. NotFound."""
        ...
