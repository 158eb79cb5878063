"""Enough processors."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class CoreFilter(Filter):
    """The server's vcpus fit into the host's, overcommitted by its ratio."""

    refuses = "without enough free virtual CPUs"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """A single server never gets more vcpus than the host has; a host that does not say how many passes."""
        asked = request.flavor.vcpus
        fits = hosts.vcpus_used + asked <= hosts.vcpus * hosts.cpu_ratio
        return (fits & (asked <= hosts.vcpus)) | (hosts.vcpus == 0)
