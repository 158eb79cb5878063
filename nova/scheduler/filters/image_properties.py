"""What images ask of hosts by their properties."""

from __future__ import annotations

import re

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask, Profile
from nova.scheduler.filters.base import Filter

# Each wish under its name and its older one, in the order of the hosts' triples.
_TRIPLE = (("hw_architecture", "architecture"), ("img_hv_type", "hypervisor_type"), ("hw_vm_mode", "vm_mode"))
_VERSION = ("img_hv_requested_version", "hypervisor_version_requires")
# Words that mean the same.
_SAME = {"amd64": "x86_64", "i386": "i686", "i486": "i686", "i586": "i686", "arm64": "aarch64", "xapi": "xen"}
_SAME |= {"hv": "hvm", "pv": "xen"}
_PREDICATE = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*([0-9]+(?:\.[0-9]+)*)\s*\Z")


class ImagePropertiesFilter(Filter):
    """The host can run guests of the architecture, hypervisor type and mode the image asks for, and is new enough."""

    refuses = "unable to run such an image"

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """An image without such properties, or a boot without an image, goes anywhere."""
        properties = request.image.properties if request.image else {}
        wanted = [_canonical(_first(properties, names)) for names in _TRIPLE]
        version = _first(properties, _VERSION)
        if not any(wanted) and not version:
            return hosts.every(True)
        return hosts.by_profile(lambda profile: _supports(profile, wanted) and _is_new_enough(profile, version))


def _first(properties: dict[str, str], names: tuple[str, ...]) -> str:
    return next((str(properties[name]) for name in names if properties.get(name)), "")


def _canonical(word: str) -> str:
    return _SAME.get(word.lower(), word.lower())


def _supports(profile: Profile, wanted: list[str]) -> bool:
    if not any(wanted):
        return True
    return any(
        all(not wish or wish == _canonical(has) for wish, has in zip(wanted, triple, strict=True))
        for triple in profile.supported
    )


def _is_new_enough(profile: Profile, predicates: str) -> bool:
    """All of a comma-separated list such as ">=6.0, <7.2" hold; one that cannot be read does not."""
    number = profile.hypervisor_version
    # The hypervisor reports 6002001 for 6.2.1.
    version = (number // 1_000_000, number // 1_000 % 1_000, number % 1_000)
    return all(_holds(version, predicate) for predicate in predicates.split(",") if predicate.strip())


def _holds(version: tuple[int, int, int], predicate: str) -> bool:
    found = _PREDICATE.match(predicate)
    if found is None:
        return False
    parts = [int(part) for part in found[2].split(".")[:3]]
    wanted = tuple(parts + [0] * (3 - len(parts)))
    return {
        "<=": version <= wanted,
        ">=": version >= wanted,
        "==": version == wanted,
        "!=": version != wanted,
        "<": version < wanted,
        ">": version > wanted,
    }[found[1]]
