"""What a host that was taken over may answer: the conductor stores it, shows it and goes on."""

from __future__ import annotations

from typing import Any

import pytest

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.bus.codec import LONGEST_FACT, methods_of, preserve, revive
from nova.contracts.errors import InternalError, StepFailed


class Post(Contract):
    topic = "post"
    namespace = "post"

    @call(timeout=5)
    def weigh(self, context: RequestContext) -> int: ...


def test_words_of_an_error_can_be_stored_everywhere() -> None:
    error = revive({"kind": "StepFailed", "facts": {"reason": "a\0b\ud800c"}})
    assert str(error) == "a�b?c"
    assert isinstance(error, StepFailed)


def test_words_of_an_error_are_bounded() -> None:
    error = revive({"kind": "StepFailed", "facts": {"reason": "x" * 1_000_000, "more": ["y" * 1_000_000]}})
    assert len(str(error)) == LONGEST_FACT
    assert len(str(preserve(error))) < 3 * LONGEST_FACT


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"kind": ["StepFailed"], "facts": {}},
        {"kind": "StepFailed", "facts": None},
        {"kind": "StepFailed", "facts": {"self": 1}},
        {"kind": "StepFailed", "facts": {"reason": "r", "log": {"a": 1}}},
        "StepFailed",
        7,
    ],
)
def test_what_is_no_error_is_one_of_ours(stored: Any) -> None:
    with pytest.raises((InternalError, StepFailed)):
        methods_of(Post)["weigh"].answer({"error": stored})


@pytest.mark.parametrize("reply", [{}, {"ok": "many"}, {"ok": None}, {"ok": '"many"'}, {"ok": "[" * 100_000}, [], None])
def test_an_answer_against_the_contract_is_an_error_of_ours(reply: Any) -> None:
    with pytest.raises(InternalError):
        methods_of(Post)["weigh"].answer(reply)
