"""Ids that stand in paths: numbers and uuids."""

from __future__ import annotations

import uuid

from nova.contracts.errors import BadRequest, NotFound

MOST_DIGITS = 9


def number_of(what: str, text: str) -> int:
    """The number of a thing. BadRequest for what is none, NotFound for one larger than any."""
    if not (text.isascii() and text.isdigit()):
        raise BadRequest(reason=f"{what} id should be an integer, not {text[:80]!r}")
    if len(text) > MOST_DIGITS:
        raise NotFound(what=what, id=text[:80])
    return int(text)


def uuid_of(text: str) -> str:
    """The uuid as it is kept: in small letters, with dashes. BadRequest for what is none."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise BadRequest(reason=f"Invalid uuid {text[:80]}") from error
