"""Which messages get in: those that keep a contract. Whoever reaches the broker can send anything.

A message that is refused costs one line in the log; the library would write a traceback, and keep a thread for ever
that tells the sender of signs of life.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nova.base.context import RequestContext
from nova.base.contract import Contract
from nova.bus.codec import Method, methods_of, perform, preserve
from nova.contracts.errors import InternalError

with warnings.catch_warnings():
    # The libraries announce their own deprecations at import; versions are bounded in pyproject.toml.
    warnings.simplefilter("ignore")
    import oslo_messaging
    from oslo_messaging.rpc import dispatcher

LOG = logging.getLogger(__name__)

VERSION = "1.0"
LONGEST_NAME = 100
"""Characters of what a stranger wrote that the log shows."""
READERS = ("oslo.messaging._drivers.impl_rabbit", "oslo_messaging._drivers.amqpdriver")
"""Loggers of the library's code that takes messages off the wire, where nothing of ours runs."""


class Dispatcher(dispatcher.RPCDispatcher):
    """Hands messages to endpoints; `taken` hears of each that is let in."""

    def __init__(self, endpoints: Sequence[Contract], taken: Callable[[Method], None]) -> None:
        super().__init__([_door(endpoint, taken) for endpoint in endpoints], None, dispatcher.DefaultRPCAccessPolicy)
        self._offered = {(door.target.namespace, name) for door in self.endpoints for name in door.offers}

    def dispatch(self, incoming: Any) -> Any:
        """The endpoint's reply, or for what keeps no contract an error."""
        complaint = self._complaint(incoming)
        if complaint is None:
            return super().dispatch(incoming)
        # The line is to name this message's sender, not that of the message before.
        RequestContext.from_wire(incoming.ctxt)
        LOG.warning("A message is refused: %s", complaint)
        if not isinstance(incoming.msg_id, str) or not isinstance(incoming.reply_q, str):
            # The library answers whatever has this.
            incoming.orig_msg_id = None
        return {"error": preserve(InternalError())}

    def _complaint(self, incoming: Any) -> str | None:
        message = incoming.message
        namespace, method, arguments = message.get("namespace"), message.get("method"), message.get("args")
        if not isinstance(namespace, str) or not isinstance(method, str) or (namespace, method) not in self._offered:
            return f"there is no method {_shown(namespace)}.{_shown(method)}"
        if message.get("version") != VERSION:
            return f"{namespace}.{method} has no version {_shown(message.get('version'))}"
        if not isinstance(arguments, dict) or set(arguments) != {"text"} or not isinstance(arguments["text"], str):
            return f"{namespace}.{method} takes one text"
        for name in ("msg_id", "reply_q"):
            if not isinstance(getattr(incoming, name), str | None):
                return f"{namespace}.{method} cannot be answered to {_shown(getattr(incoming, name))}"
        if not isinstance(incoming.client_timeout, int | float | None):
            return f"{namespace}.{method} cannot be awaited for {_shown(incoming.client_timeout)}"
        return None


def read_in_one_line() -> None:
    """Let the library say in one line what was wrong with what it could not read; the line names the error."""
    for name in READERS:
        reader = logging.getLogger(name)
        if _without_traceback not in reader.filters:
            reader.addFilter(_without_traceback)


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info:
        record.msg, record.args = f"{record.getMessage()} {_shown(record.exc_info[1])}", ()
        record.exc_info = None
    return True


def _shown(word: object) -> str:
    return repr(str(word)[:LONGEST_NAME])


def _door(endpoint: Contract, taken: Callable[[Method], None]) -> Any:
    """An object as oslo.messaging wants its endpoints: one attribute a method, and what it is for."""
    from nova.bus.bus import contract_of

    contract = contract_of(endpoint)
    offered = methods_of(contract)
    target = oslo_messaging.Target(namespace=contract.namespace, version=VERSION)
    attributes: dict[str, Any] = {"target": target, "offers": frozenset(offered)}
    for name, method in offered.items():
        attributes[name] = staticmethod(_entrance(method, getattr(endpoint, name), taken))
    return type(f"{contract.__name__}Door", (), attributes)()


def _entrance(method: Method, function: Any, taken: Callable[[Method], None]) -> Any:
    def enter(context: Mapping[str, Any], text: str) -> dict[str, Any]:
        taken(method)
        return perform(method, function, context, text)

    return enter
