"""Weighers: which of the hosts that may take a server is best. One file each."""

from __future__ import annotations

from nova.scheduler.weighers.base import Weigher
from nova.scheduler.weighers.cpu import CPUWeigher
from nova.scheduler.weighers.disk import DiskWeigher
from nova.scheduler.weighers.io_ops import IoOpsWeigher
from nova.scheduler.weighers.ram import RAMWeigher


def all_weighers() -> list[type[Weigher]]:
    """Every weigher of this tree, for weight_classes."""
    return [CPUWeigher, DiskWeigher, IoOpsWeigher, RAMWeigher]
