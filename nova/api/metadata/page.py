"""One answer of the metadata service, before it becomes HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

TEXT = "text/plain"
JSON = "application/json"


@dataclass(frozen=True)
class Page:
    """What is served at one path."""

    body: bytes
    content_type: str = TEXT


class NothingHere(Exception):
    """There is nothing at this path."""


def text(words: object) -> Page:
    """Plain text."""
    return Page(str(words).encode())


def listing(names: Iterable[str]) -> Page:
    """One name a line."""
    return text("\n".join(names))


def document(content: Any) -> Page:
    """A JSON document."""
    return Page(json.dumps(content, sort_keys=True).encode(), JSON)
