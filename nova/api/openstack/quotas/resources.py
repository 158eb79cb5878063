"""Which resources quotas speak of, by microversion, and bodies that set them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nova.api.web.fields import Part, dated, wrapped
from nova.api.web.microversion import LAST, Dated
from nova.api.web.schema import Schema, bad_field

NETWORK = ("fixed_ips", "floating_ips", "security_groups", "security_group_rules")
INJECTED = ("injected_files", "injected_file_content_bytes", "injected_file_path_bytes")
GROUPS = ("server_groups", "server_group_members")
ALWAYS = ("instances", "cores", "ram", "metadata_items", "key_pairs")
INJECTED_UNTIL = 56
LARGEST = 0x7FFFFFFF
LIMIT: Schema = {"type": ["integer", "string"], "pattern": "^-?[0-9]{1,10}\\Z", "minimum": -1, "maximum": LARGEST}


@dataclass(frozen=True)
class Words:
    """The resources of one kind of quota: when those of networks end, and when server groups are first shown."""

    network_until: int
    groups_since: int = 1

    def shown(self, version: int) -> list[str]:
        """What an answer of this microversion holds."""
        names = list(ALWAYS)
        names += NETWORK if version <= self.network_until else ()
        names += INJECTED if version <= INJECTED_UNTIL else ()
        names += GROUPS if version >= self.groups_since else ()
        return names

    def body(self, key: str, *more: Part) -> Dated[Schema]:
        """The schema of a body that sets limits under this key."""
        return dated(
            *_parts((*ALWAYS, *GROUPS), LAST),
            *_parts(NETWORK, self.network_until),
            *_parts(INJECTED, INJECTED_UNTIL),
            *more,
            wrap=lambda limits: wrapped(key, limits),
        )


def read(key: str, given: Mapping[str, Any]) -> dict[str, int]:
    """The limits of a body. BadRequest for texts out of bounds, which no schema has looked into."""
    limits = {name: int(value) for name, value in given.items()}
    for name, limit in limits.items():
        if not -1 <= limit <= LARGEST:
            raise bad_field(f"{key}.{name}", given[name], f"It must be between -1 and {LARGEST}.")
    return limits


def _parts(names: Iterable[str], until: int) -> list[Part]:
    return [Part(name, LIMIT, until=until) for name in names]
