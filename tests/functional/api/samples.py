"""What clients know: the keys of each sample document with the types of their values, by microversion.

expected/<resource>.json holds them as paths, `server.links[].href:string`; a type `null` is any type.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FREE = (".metadata", ".extra_specs", ".meta")
BY_NAME = (".hosts", ".hosts.*")
TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
FOLDER = Path(__file__).parent / "expected"


def known(resource: str, *documents: str) -> list[tuple[str, int, dict[str, str]]]:
    """(document, microversion, types by path) of a resource's samples, or of some of its documents."""
    return [
        (document, int(version), {path: kind for path, _, kind in (word.rpartition(":") for word in words.split())})
        for document, versions in json.loads((FOLDER / f"{resource}.json").read_text()).items()
        if not documents or document in documents
        for version, words in versions.items()
    ]


def requests(resource: str) -> list[tuple[str, int, Any]]:
    """(document, microversion, body) of a resource's sample requests."""
    every = json.loads((FOLDER / "requests.json").read_text())[resource]
    return [(document, int(version), body) for document, of in every.items() for version, body in of.items()]


def unlike(value: Any, wanted: dict[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """Where a document differs from what is wanted: by path, its own type and the wanted one; None: not there."""
    own = shape(value)
    return {
        path: (own.get(path), wanted.get(path))
        for path in own.keys() | wanted.keys()
        if own.get(path) != wanted.get(path) and "null" not in (own.get(path), wanted.get(path))
    }


def shape(value: Any, at: str = "") -> dict[str, str]:
    """The type of every key of a document by its path; keys that users choose are left out or called *."""
    found: dict[str, str] = {}
    if isinstance(value, dict) and not at.endswith(FREE):
        for key, inner in value.items():
            path = f"{at}.{'*' if at.endswith(BY_NAME) else key}"
            found |= {path.removeprefix("."): TYPES.get(type(inner), "null"), **shape(inner, path)}
    elif isinstance(value, list):
        for inner in value:
            found |= shape(inner, f"{at}[]")
    return found
