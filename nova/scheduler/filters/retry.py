"""Not where it failed before."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class RetryFilter(Filter):
    """The host was not tried for this request before."""

    refuses = "tried before without success"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """All nodes of a host that failed are left out."""
        return ~hosts.mask(request.tried)
