"""Every host passes."""

from __future__ import annotations

from nova.scheduler.filters.base import Filter


class AllHostsFilter(Filter):
    """Passes every host: for clouds that want no filtering at all."""
