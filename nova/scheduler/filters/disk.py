"""Enough disk."""

from __future__ import annotations

import numpy as np

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.demand import disk_gb
from nova.scheduler.filters.base import Filter


class DiskFilter(Filter):
    """Root, ephemeral and swap disks fit into what the host has, overcommitted by its ratio."""

    refuses = "without enough free disk"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """Disk counts as used when it is claimed, or when the host measures that it is not there."""
        asked = disk_gb(request.flavor)
        limit = (hosts.disk_gb - hosts.disk_gb_reserved) * hosts.disk_ratio
        used = np.maximum(hosts.disk_gb_used, hosts.disk_gb - hosts.disk_gb_reserved - hosts.disk_gb_least)
        return (used + asked <= limit) & (asked <= hosts.disk_gb)
