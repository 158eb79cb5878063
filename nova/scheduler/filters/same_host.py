"""Beside servers the user names."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class SameHostFilter(Filter):
    """The host holds at least one of the servers in the hint same_host."""

    refuses = "away from the servers it must be with"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """No host passes when none of them is anywhere."""
        servers = request.hints.get("same_host", [])
        if not servers:
            return hosts.every(True)
        return hosts.mask(request.hint_hosts.get(server) for server in servers)
