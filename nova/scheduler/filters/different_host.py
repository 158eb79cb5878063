"""Away from servers the user names."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class DifferentHostFilter(Filter):
    """The host holds none of the servers in the hint different_host."""

    refuses = "taken by a server it must not be with"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """Servers that are nowhere exclude nothing."""
        return ~hosts.mask(request.hint_hosts.get(server) for server in request.hints.get("different_host", []))
