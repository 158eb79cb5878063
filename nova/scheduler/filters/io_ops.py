"""Not too much disk work at once on one host."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class IoOpsFilter(Filter):
    """Fewer servers than max_io_ops_per_host are being built, resized, snapshotted ... on the host."""

    refuses = "with too much disk work under way"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """The conductor counts them by task state."""
        return hosts.io_ops < self.conf.filter_scheduler.max_io_ops_per_host
