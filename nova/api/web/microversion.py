"""Microversions: a request names one, the answer says which was used.

In code a microversion is its minor number: 26 is 2.26. /v2 behaves as 1 with relaxed bodies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Generic, TypeVar

from nova.contracts.errors import BadRequest, NotAcceptable

FIRST = 1
LAST = 103
HEADER = "OpenStack-API-Version"
OLD_HEADER = "X-OpenStack-Nova-API-Version"
_FORM = re.compile(r"([1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)

T = TypeVar("T")


class Dated(Generic[T]):
    """What changes with the microversion: `Dated({1: before, 26: from 2.26 on})`."""

    def __init__(self, values: Mapping[int, T]) -> None:
        self.values = dict(sorted(values.items(), reverse=True))

    def at(self, version: int) -> T:
        """The value that holds at this microversion; before the first date, the first."""
        for since, value in self.values.items():
            if since <= version:
                return value
        return value


def negotiate(headers: Mapping[str, str]) -> int:
    """The microversion a request asks for, FIRST when it names none. BadRequest, NotAcceptable."""
    wanted = _asked(headers)
    if wanted is None:
        return FIRST
    if wanted == "latest":
        return LAST
    form = _FORM.fullmatch(wanted)
    if form is None:
        raise BadRequest(
            reason=f"API Version String '{wanted[:80]}' is of invalid format. Must be of format MajorNum.MinorNum."
        )
    version = (int(form[1]), int(form[2]))
    if not (2, FIRST) <= version <= (2, LAST):
        raise NotAcceptable(
            reason=f"Version {wanted} is not supported by the API. Minimum is 2.{FIRST} and maximum is 2.{LAST}."
        )
    return version[1]


def _asked(headers: Mapping[str, str]) -> str | None:
    # One header may speak to several services: "identity 3.1, compute 2.26".
    for part in headers.get(HEADER, "").split(","):
        service, _, version = part.strip().partition(" ")
        if service.lower() == "compute":
            return version.strip()
    old = headers.get(OLD_HEADER)
    return old.strip() if old is not None else None


def answer_headers(version: int) -> list[tuple[str, str]]:
    """What every answer says of the version used."""
    return [
        (OLD_HEADER, f"2.{version}"),
        (HEADER, f"compute 2.{version}"),
        ("Vary", OLD_HEADER),
        ("Vary", HEADER),
    ]
