"""What flavors ask of hosts by their extra specs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.filters.base import Filter
from nova.scheduler.host_view import NAMES, NUMBERS, PROFILED
from nova.scheduler.operators import matches

_SCOPE = "capabilities"
_MISSING = object()


class ComputeCapabilitiesFilter(Filter):
    """The host meets each extra spec "capabilities:..." and each without a scope that names a host's attribute."""

    refuses = "without what the flavor asks for"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """A capability that the host does not have is not met."""
        passed = hosts.every(True)
        for key, requirement in request.flavor.extra_specs.items():
            path = _path(key)
            if path:
                passed &= _meets(hosts, path, requirement)
        return passed


def _path(key: str) -> list[str]:
    """The way to the attribute; empty when the extra spec is not for this filter."""
    scope, *rest = key.split(":")
    if rest:
        return rest if scope == _SCOPE else []
    return [scope] if scope in NUMBERS or scope in PROFILED or scope in NAMES else []


def _meets(hosts: Columns, path: list[str], requirement: str) -> Mask:
    attribute, *below = path
    if attribute in PROFILED:
        read = PROFILED[attribute]
        return hosts.by_profile(lambda profile: _value_meets(read(profile), below, requirement))
    if attribute in NUMBERS and not below:
        values, where = np.unique(NUMBERS[attribute](hosts), return_inverse=True)
        return np.array([matches(value, requirement) for value in values.tolist()], dtype=np.bool_)[where]
    if attribute in NAMES and not below:
        return np.array([matches(name, requirement) for name in NAMES[attribute](hosts)], dtype=np.bool_)
    return hosts.every(False)


def _value_meets(value: Any, below: list[str], requirement: str) -> bool:
    for name in below:
        value = _step(value, name)
    return value is not _MISSING and matches(value, requirement)


def _step(value: Any, name: str) -> Any:
    """One name further down; text may be a JSON document."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return _MISSING
    return value.get(name, _MISSING) if isinstance(value, dict) else _MISSING
