"""Only messages that keep a contract get in; others cost a line, whatever is in them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from oslo_context import context

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.bus import rabbit
from nova.bus.admission import READERS, Dispatcher, read_in_one_line
from nova.bus.codec import Method


class Post(Contract):
    topic = "post"
    namespace = "post"

    @call(timeout=5)
    def weigh(self, context: RequestContext, *, grams: list[int]) -> int: ...


class PostOffice(Post):
    def weigh(self, context: RequestContext, *, grams: list[int]) -> int:
        return sum(grams)


class Incoming:
    """A message as the library's driver hands it on."""

    def __init__(self, message: dict[str, Any], **more: Any) -> None:
        self.message, self.ctxt = message, more.get("ctxt", {"request_id": "req-1"})
        self.msg_id = self.orig_msg_id = more.get("msg_id", "1")
        self.reply_q, self.client_timeout = more.get("reply_q", "reply_1"), more.get("client_timeout")


GOOD: dict[str, Any] = {
    "namespace": "post",
    "method": "weigh",
    "version": "1.0",
    "args": {"text": '{"grams": [1, 2]}'},
}


def answer(incoming: Incoming, taken: list[Method] | None = None) -> Any:
    return Dispatcher([PostOffice()], (taken if taken is not None else []).append).dispatch(incoming)


def test_what_keeps_the_contract_is_done() -> None:
    taken: list[Method] = []
    assert answer(Incoming(GOOD), taken) == {"ok": "3"}
    assert answer(Incoming(GOOD, client_timeout=4), taken) == {"ok": "3"}
    assert [method.label for method in taken] == ["post.weigh", "post.weigh"]


@pytest.mark.parametrize(
    "change",
    [
        {"method": "nonsense"},
        {"method": "target"},
        {"method": "offers"},
        {"method": "__class__"},
        {"method": None},
        {"method": ["weigh"]},
        {"method": "weigh\nforged line" + "x" * 999},
        {"namespace": None},
        {"namespace": {"a": 1}},
        {"version": "7.0"},
        {"version": "x.y"},
        {"version": None},
        {"args": None},
        {"args": []},
        {"args": {}},
        {"args": {"text": None}},
        {"args": {"text": {}}},
        {"args": {"text": "{}", "more": 1}},
        {"args": {"text": "{}"}},
        {"args": {"text": "{bad"}},
        {"args": {"text": "\ud800"}},
        {"args": {"text": '{"grams": ' + "[" * 100_000 + "]" * 100_000 + "}"}},
    ],
)
def test_anything_else_costs_one_line(change: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    taken: list[Method] = []
    with caplog.at_level(logging.INFO):
        assert answer(Incoming({**GOOD, **change}), taken)["error"]["kind"] == "InternalError"
    (record,) = caplog.records
    assert record.exc_info is None and "\n" not in record.getMessage() and len(record.getMessage()) < 300


def test_the_line_names_its_own_sender() -> None:
    answer(Incoming(GOOD, ctxt={"request_id": "req-before"}))
    answer(Incoming({**GOOD, "method": "nonsense"}, ctxt={"request_id": "req-now"}))
    assert context.get_current().request_id == "req-now"


@pytest.mark.parametrize("more", [{"msg_id": {"a": 1}}, {"reply_q": {}}, {"reply_q": None}])
def test_what_cannot_be_answered_is_not_answered(more: dict[str, Any]) -> None:
    incoming = Incoming({**GOOD, "method": "nonsense"}, **more)
    answer(incoming)
    assert incoming.orig_msg_id is None


@pytest.mark.parametrize("client_timeout", ["abc", {}, 4])
def test_nobody_tells_signs_of_life_to_a_stranger(client_timeout: Any) -> None:
    import threading

    before = threading.active_count()
    answer(Incoming({**GOOD, "method": "nonsense"}, client_timeout=client_timeout))
    assert threading.active_count() == before


def test_an_unheard_of_caller_is_nobody() -> None:
    strange = {"roles": 5, "user_id": {"a": 1}, "request_id": ["x"], "is_admin": "yes", "timestamp": "never"}
    assert answer(Incoming(GOOD, ctxt=strange)) == {"ok": "3"}


def test_what_cannot_be_read_costs_one_line(caplog: pytest.LogCaptureFixture) -> None:
    read_in_one_line()
    read_in_one_line()
    assert all(len(logging.getLogger(name).filters) == 1 for name in READERS)
    with caplog.at_level(logging.INFO):
        try:
            json.loads("{bad")
        except ValueError:
            rabbit.impl_rabbit.LOG.exception("Failed to process message ... skipping it.")
    (record,) = caplog.records
    assert record.exc_info is None and "double quotes" in record.getMessage()
