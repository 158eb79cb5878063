"""Together with, or apart from, the other members of a server group."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class ServerGroupAffinityFilter(Filter):
    """The host already has members of the group; any host will do for the first."""

    refuses = "away from the servers of its group"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """Groups of other policies are not looked at."""
        group = request.group
        if group is None or group.policy != "affinity" or not group.hosts:
            return hosts.every(True)
        return hosts.mask(group.hosts)


class ServerGroupAntiAffinityFilter(Filter):
    """The host has no member of the group, or fewer than the group's rule max_server_per_host allows."""

    refuses = "taken by servers of its group"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """Groups of other policies are not looked at."""
        group = request.group
        if group is None or group.policy != "anti-affinity":
            return hosts.every(True)
        most = group.max_server_per_host or 1
        full = [host for host in group.hosts if group.members_on.get(host, 1) >= most]
        return ~hosts.mask(full)
