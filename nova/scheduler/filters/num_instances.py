"""Not too many servers on one host."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class NumInstancesFilter(Filter):
    """The host holds fewer servers than max_instances_per_host."""

    refuses = "with too many servers"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """Servers of every project count."""
        return hosts.servers < self.conf.filter_scheduler.max_instances_per_host
