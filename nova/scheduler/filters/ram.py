"""Enough memory."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class RamFilter(Filter):
    """The server's memory fits into what the host does not reserve for itself, overcommitted by its ratio."""

    refuses = "without enough free memory"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """A single server never gets more memory than the host has."""
        asked = request.flavor.memory_mb
        limit = (hosts.memory_mb - hosts.memory_mb_reserved) * hosts.memory_ratio
        return (hosts.memory_mb_used + asked <= limit) & (asked <= hosts.memory_mb)
