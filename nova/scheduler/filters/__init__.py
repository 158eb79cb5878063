"""Filters: which hosts may take a server. One file each."""

from __future__ import annotations

from nova.scheduler.filters.affinity import ServerGroupAffinityFilter, ServerGroupAntiAffinityFilter
from nova.scheduler.filters.all_hosts import AllHostsFilter
from nova.scheduler.filters.availability_zone import AvailabilityZoneFilter
from nova.scheduler.filters.base import Filter
from nova.scheduler.filters.cidr_affinity import SimpleCIDRAffinityFilter
from nova.scheduler.filters.compute import ComputeFilter
from nova.scheduler.filters.compute_capabilities import ComputeCapabilitiesFilter
from nova.scheduler.filters.core import CoreFilter
from nova.scheduler.filters.different_host import DifferentHostFilter
from nova.scheduler.filters.disk import DiskFilter
from nova.scheduler.filters.image_properties import ImagePropertiesFilter
from nova.scheduler.filters.io_ops import IoOpsFilter
from nova.scheduler.filters.num_instances import NumInstancesFilter
from nova.scheduler.filters.ram import RamFilter
from nova.scheduler.filters.retry import RetryFilter
from nova.scheduler.filters.same_host import SameHostFilter


def all_filters() -> list[type[Filter]]:
    """Every filter of this tree, for available_filters."""
    return [
        AllHostsFilter,
        AvailabilityZoneFilter,
        ComputeCapabilitiesFilter,
        ComputeFilter,
        CoreFilter,
        DifferentHostFilter,
        DiskFilter,
        ImagePropertiesFilter,
        IoOpsFilter,
        NumInstancesFilter,
        RamFilter,
        RetryFilter,
        SameHostFilter,
        ServerGroupAffinityFilter,
        ServerGroupAntiAffinityFilter,
        SimpleCIDRAffinityFilter,
    ]
