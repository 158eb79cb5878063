"""Pieces that schemas of bodies are made of, and bodies whose keys come and go with the microversion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nova.api.web.microversion import LAST, Dated
from nova.api.web.schema import Schema

_YES = (True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t")
_NO = (False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n", "f")

NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"}
DESCRIPTION: Schema = {"type": ["string", "null"], "maxLength": 255, "format": "text"}
TEXT: Schema = {"type": "string", "maxLength": 255}
UUID: Schema = {"type": "string", "format": "uuid"}
BOOLEAN: Schema = {"type": ["boolean", "string"], "enum": [*_YES, *_NO]}
COUNT: Schema = {"type": ["integer", "string"], "pattern": "^[0-9]{1,9}\\Z", "minLength": 1, "minimum": 1}
IPV4: Schema = {"type": "string", "format": "ipv4"}
IPV6: Schema = {"type": "string", "format": "ipv6"}
IP: Schema = {"type": "string", "format": "ip"}
BASE64: Schema = {"type": "string", "format": "base64"}
NOTHING: Schema = {}
"""Anything: what is sent there is not looked at."""
TAG: Schema = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*\\Z"}
TAGS: Schema = {"type": "array", "items": TAG, "maxItems": 50}
METADATA: Schema = {
    "type": "object",
    "patternProperties": {"^[a-zA-Z0-9_:. -]{1,255}\\Z": TEXT},
    "additionalProperties": False,
}
HOST: Schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._-]*\\Z"}


def truth(value: Any) -> bool:
    """What a BOOLEAN means."""
    return value in _YES


def item(properties: dict[str, Schema], *required: str, **more: Any) -> Schema:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **more,
    }


def wrapped(key: str, inner: Schema) -> Schema:
    """A body of one key."""
    return item({key: inner}, key)


@dataclass(frozen=True)
class Part:
    """A key of a body, from microversion `since` to `until`."""

    name: str
    schema: Schema
    since: int = 0
    until: int = LAST
    required: bool = False


def dated(*parts: Part, wrap: Callable[[Schema], Schema]) -> Dated[Schema]:
    """The schema of an object with these keys, for each microversion at which one comes or goes."""
    dates = {0, *(part.since for part in parts), *(part.until + 1 for part in parts if part.until < LAST)}
    return Dated({date: wrap(_object(parts, date)) for date in sorted(dates)})


def _object(parts: tuple[Part, ...], date: int) -> Schema:
    there = [part for part in parts if part.since <= date <= part.until]
    return item({part.name: part.schema for part in there}, *(part.name for part in there if part.required))
