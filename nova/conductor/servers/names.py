"""Names of servers made together, and host names made of names."""

from __future__ import annotations

import re

MOST = 63


def display_names(name: str, count: int) -> list[str]:
    """One server keeps its name, several are numbered from 1."""
    return [name] if count == 1 else [f"{name}-{number}" for number in range(1, count + 1)]


def hostname_of(name: str, uuid: str) -> str:
    """A host name for this name: letters, digits, dots and dashes, at most 63; Server-<uuid> if none is left."""
    plain = re.sub(r"[ _]", "-", name.encode("latin-1", "ignore").decode("latin-1"))
    plain = re.sub(r"[^a-zA-Z0-9_.-]+", "", plain).lower().strip(".-")
    # A name that looks like an address would be taken for one by resolvers.
    plain = re.sub(r"(?<=\d)\.(?=\d)", "-", plain)[:MOST].rstrip(".-")
    return plain or f"Server-{uuid}"


def hostnames(wanted: str | None, names: list[str], uuids: list[str]) -> list[str]:
    """The asked host name as it is (numbered if several), else one made of each name."""
    if wanted is not None:
        return display_names(wanted, len(names))
    return [hostname_of(name, uuid) for name, uuid in zip(names, uuids, strict=True)]
