"""Patterns of users: the useful ones pass, and none keeps a database busy."""

from __future__ import annotations

import itertools

import pytest

from nova.conductor.db import patterns
from nova.conductor.db.patterns import Regexp, TooComplex, check


@pytest.mark.parametrize(
    "pattern",
    [
        "web", "^web-[0-9]+$", r"web.*\.example\.(com|org)", "a.*b.*c", "^(one|two|three)$", "one|two|three", "10.0.0.",
        "[]^-]", "[(+*]+", r"\(\*\)+", "(?:ab)+c?", "x{2,3}", "colou?r", "^.*a.*b.*c.*$", "", "(", "[a", "a\\",
    ],
)  # fmt: skip
def test_plain_patterns_pass(pattern: str) -> None:
    check(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$", "(a|a)*$", "(a?){60}b", "((a{1,9}))*b", "(?:x*)+y", r"(a)\1", "(?=a)", "(?P<n>a)", "(*COMMIT)",
        ".*.*.*.*b", "a?" * 40 + "b", "(a|a)" * 40, r"\Q[\E(a+)+", "^" + "a*" * 5, "(a|b|[)]+)+", "([(]a+)+",
    ],
)  # fmt: skip
def test_what_may_take_for_ever_does_not(pattern: str) -> None:
    with pytest.raises(TooComplex):
        check(pattern)


def test_sqlite_gives_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call takes a second by this clock."""
    clock = itertools.count()
    monkeypatch.setattr(patterns.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(Regexp, "PAUSE", 1.0)
    function = Regexp()
    assert [function("a", text) for text in ("abc", None, "b")] == [True, False, False]
    with pytest.raises(TooComplex):
        function("a", "a")
    for _ in range(3):
        next(clock)
    assert function("a", "a")
