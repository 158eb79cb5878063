"""What clients know: the keys of each sample as paths with kinds, by microversion (expected/<resource>.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CHOSEN = (".metadata", ".extra_specs", ".meta", ".properties", ".scheduler_hints")
BY_NAME = (".addresses", ".hosts", ".hosts.*")
KINDS = {
    dict: "object",
    list: "list",
    str: "text",
    bool: "yes-or-no",
    int: "number",
    float: "number",
    type(None): "null",
}
EXPECTED = Path(__file__).parent / "expected"


def dated(resource: str) -> list[tuple[str, int, set[str]]]:
    """(document, microversion, what `shape` finds) where the file says what came (+) and went (-) with each version."""
    found = []
    for document, versions in json.loads((EXPECTED / f"{resource}.json").read_text()).items():
        there: set[str] = set()
        for version, words in versions.items():
            gone = {word[1:] for word in words.split() if word.startswith("-")}
            there = (there - gone) | {word.removeprefix("+") for word in words.split() if not word.startswith("-")}
            found.append((document, int(version), there))
    return found


def shape(value: Any, at: str = "") -> set[str]:
    """Every key of a document as a path with the kind of its value; keys that users choose are left out or called *."""
    found: set[str] = set()
    if isinstance(value, dict) and not at.endswith(CHOSEN):
        for key, inner in value.items():
            path = f"{at}.{'*' if at.endswith(BY_NAME) else key}"
            found |= {f"{path.removeprefix('.')}:{KINDS[type(inner)]}"} | shape(inner, path)
    elif isinstance(value, list):
        for inner in value:
            found |= shape(inner, f"{at}[]")
    return found


def differences(shown: set[str], wanted: set[str]) -> set[str]:
    """What two shapes do not share. What lies in an empty list, and the kind of a null, tells nothing."""
    kinds: list[dict[str, str]] = []
    for one, other in ((shown, wanted), (wanted, shown)):
        lists = {word.removesuffix(":list") for word in other if word.endswith(":list")}
        empty = {path for path in lists if not any(word.startswith(f"{path}[]") for word in other)}
        told = [word for word in one if not any(word.startswith(f"{path}[") for path in empty)]
        kinds.append({path: kind for path, _, kind in (word.rpartition(":") for word in told)})
    mine, theirs = kinds
    missing = {f"-{path}" for path in theirs.keys() - mine.keys()} | {
        f"+{path}" for path in mine.keys() - theirs.keys()
    }
    both = mine.keys() & theirs.keys()
    return missing | {path for path in both if len({mine[path], theirs[path], "null"}) > 2}
