"""JSON in and out. What comes in is bounded, has no key twice, and holds text that every database can keep."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import webob

from nova.contracts.errors import BadRequest, UnsupportedMediaType

MAX_DEPTH = 32
TYPES = ("application/json", "application/vnd.openstack.compute+json", "text/plain", "")


def read(request: webob.Request) -> Any:
    """The parsed body. BadRequest names the position; UnsupportedMediaType for what is not JSON."""
    if request.content_type.lower() not in TYPES:
        raise UnsupportedMediaType(given=request.content_type[:80])
    try:
        raw = request.body
    except (OSError, ValueError) as error:
        # The client is gone, or its chunks are none.
        raise BadRequest(reason="Malformed request body: it broke off") from error
    if not raw:
        raise BadRequest(reason="Malformed request body: a JSON object is expected, nothing was sent")
    try:
        body = json.loads(
            raw, object_pairs_hook=_no_key_twice, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
        )
    except json.JSONDecodeError as error:
        raise BadRequest(
            reason=f"Malformed request body: {error.msg} at line {error.lineno} column {error.colno}"
        ) from error
    except UnicodeDecodeError as error:
        raise BadRequest(reason=f"Malformed request body: it is not UTF-8 at byte {error.start}") from error
    except ValueError as error:
        raise BadRequest(reason=f"Malformed request body: {str(error)[:200]}") from error
    except RecursionError as error:
        raise BadRequest(reason=f"Malformed request body: it is nested deeper than {MAX_DEPTH} levels") from error
    _check(body, MAX_DEPTH)
    if not isinstance(body, dict):
        raise BadRequest(reason="Malformed request body: a JSON object is expected")
    return body


def write(value: Any) -> bytes:
    """JSON bytes."""
    return msgspec.json.encode(value)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} is given twice")
    return found


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits[:80]} is out of bounds")
    return number


def _whole(digits: str) -> int:
    # What is beyond 64 bits travels in no message and fits in no column.
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise ValueError(f"the number {digits[:80]} is out of bounds")
    return int(digits)


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise BadRequest(reason=f"Malformed request body: it is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        check_text(value, "Malformed request body")
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_text(key, "Malformed request body")
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)


def check_text(text: str, where: str) -> None:
    """BadRequest for what no database keeps: NUL, and halves of characters."""
    if "\0" in text or not _encodes(text):
        raise BadRequest(reason=f"{where}: text must be Unicode without NUL characters")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
