"""The zone the user asked for."""

from __future__ import annotations

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter


class AvailabilityZoneFilter(Filter):
    """The host is in the zone asked for. Without one, any zone will do."""

    refuses = "outside the zone asked for"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """Hosts outside every aggregate with a zone come with the default zone's name already."""
        if not request.availability_zone:
            return hosts.every(True)
        return hosts.zone == hosts.zone_number(request.availability_zone)
