"""The keys that clients know: those of each sample document, as paths, by microversion (expected/<resource>.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FREE = (".metadata", ".extra_specs", ".meta")
BY_NAME = (".hosts", ".hosts.*")


def known(resource: str, *documents: str) -> list[tuple[str, int, set[str]]]:
    """(document, microversion, keys) of a resource's samples, or of some of its documents."""
    every = json.loads((Path(__file__).parent / "expected" / f"{resource}.json").read_text())
    return [
        (document, int(version), set(keys.split()))
        for document, versions in every.items()
        if not documents or document in documents
        for version, keys in versions.items()
    ]


def keys(value: Any, at: str = "") -> set[str]:
    """Every key of a document as a path; keys that users choose are left out or called *."""
    found: set[str] = set()
    if isinstance(value, dict) and not at.endswith(FREE):
        for key, inner in value.items():
            path = f"{at}.{'*' if at.endswith(BY_NAME) else key}"
            found |= {path.removeprefix(".")} | keys(inner, path)
    elif isinstance(value, list):
        for inner in value:
            found |= keys(inner, f"{at}[]")
    return found
