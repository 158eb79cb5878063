"""An image as Glance's v2 API writes it, and as our records say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova.contracts.image import Image

# Keys of the document that are no property of the owner's.
_OWN = frozenset(
    {
        *("id", "name", "status", "disk_format", "container_format", "size", "virtual_size", "min_disk", "min_ram"),
        *("checksum", "os_hash_algo", "os_hash_value", "os_hidden", "created_at", "updated_at", "owner", "visibility"),
        *("protected", "tags", "file", "self", "schema", "locations", "direct_url", "stores"),
    }
)
_DIGESTS = frozenset(("sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b"))


def read(document: Mapping[str, Any]) -> Image:
    """The record of a document. Properties that are no text are left out."""
    algorithm = document.get("os_hash_algo")
    known = algorithm in _DIGESTS
    return Image(
        id=document["id"],
        name=document.get("name"),
        status=document.get("status") or "queued",
        disk_format=document.get("disk_format"),
        container_format=document.get("container_format"),
        size=document.get("size"),
        virtual_size=document.get("virtual_size"),
        min_disk=document.get("min_disk") or 0,
        min_ram=document.get("min_ram") or 0,
        checksum=document.get("checksum"),
        hash_algo=algorithm if known else None,
        hash_value=document.get("os_hash_value") if known else None,
        properties=properties(document),
        created_at=document.get("created_at"),
        updated_at=document.get("updated_at"),
        owner=document.get("owner"),
    )


def properties(document: Mapping[str, Any]) -> dict[str, str]:
    """What the image's owner said of it."""
    return {key: value for key, value in document.items() if key not in _OWN and isinstance(value, str)}


def patch(current: Mapping[str, Any], wanted: Mapping[str, str], *, replace: bool) -> list[dict[str, str]]:
    """The JSON patch that makes the document hold these properties; empty when it does."""
    there = properties(current)
    changes = [
        {"op": "replace" if key in current else "add", "path": _pointer(key), "value": value}
        for key, value in wanted.items()
        if key not in _OWN and there.get(key) != value
    ]
    if replace:
        changes += [{"op": "remove", "path": _pointer(key)} for key in there if key not in wanted]
    return changes


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
