"""Regular expressions that users give: only those that no database tries for long."""

from __future__ import annotations

import math
import re
import time
from typing import ClassVar

MOST_BITS = 32.0
"""How many ways there may be to hold a pattern against a name, as a power of two."""
REPEAT_BITS = 8.0
"""What a repeat costs: a name has up to 255 characters."""
_ANY_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_QUANTIFIER = re.compile(r"(\*|\+|\?|\{[0-9]*,?[0-9]*\})[?+]?")
_FOREIGN = "123456789gkQE"


class TooComplex(ValueError):
    """The pattern may take long, or means different things to different databases; the message says why."""


def check(pattern: str) -> None:
    """TooComplex unless the ways to try the pattern are bounded: whoever backtracks tries each.

    Nothing that is repeated may itself hold repeats or alternatives; what stands one after the other multiplies.
    """
    bits = 0.0 if pattern.startswith("^") else REPEAT_BITS
    # For each open group, the outermost first: its alternatives, and whether anything in it is repeated.
    groups: list[tuple[int, bool]] = [(1, False)]
    place = 0
    while place < len(pattern):
        alternatives, repeats = groups[-1]
        letter, following = pattern[place], pattern[place + 1 : place + 2]
        manifold, end = False, place + 1
        if letter == "\\":
            if following and following in _FOREIGN:
                raise TooComplex(f"\\{following} is not allowed in a pattern")
            end += 1
        elif letter == "[":
            found = _ANY_CLASS.match(pattern, place)
            end = found.end() if found else len(pattern)
        elif letter == "(":
            if following in ("?", "*") and pattern[place + 1 : place + 3] != "?:":
                raise TooComplex(f"({following} is not allowed in a pattern")
            groups.append((1, False))
            place += 3 if following == "?" else 1
            continue
        elif letter == "|":
            groups[-1] = (alternatives + 1, repeats)
        elif letter == ")" and len(groups) > 1:
            groups.pop()
            bits += math.log2(alternatives)
            manifold = repeats or alternatives > 1
            groups[-1] = (groups[-1][0], groups[-1][1] or manifold)
        repeat = _QUANTIFIER.match(pattern, end) if letter != "|" else None
        if repeat:
            if manifold:
                raise TooComplex("what is repeated in a pattern must not hold repeats or alternatives")
            bits += 1.0 if repeat[1] == "?" else REPEAT_BITS
            groups[-1] = (groups[-1][0], True)
            end = repeat.end()
        place = end
    if bits > MOST_BITS:
        raise TooComplex("the pattern holds too many repeats or alternatives")


class Regexp:
    """SQLite's function of that name, one for each connection: Python's expressions cannot be interrupted.

    It gives up when it was at work for `MOST_SECONDS` without a pause, whatever the number of rows.
    """

    MOST_SECONDS: ClassVar[float] = 2.0
    PAUSE: ClassVar[float] = 0.5

    def __init__(self) -> None:
        self._worked = 0.0
        self._ended = time.monotonic()

    def __call__(self, pattern: str, text: str | None) -> bool:
        """Whether the pattern is found in the text."""
        began = time.monotonic()
        if began - self._ended > self.PAUSE:
            self._worked = 0.0
        if self._worked > self.MOST_SECONDS:
            raise TooComplex("the pattern takes too long")
        try:
            return text is not None and re.search(pattern, text) is not None
        finally:
            self._ended = time.monotonic()
            self._worked += self._ended - began
