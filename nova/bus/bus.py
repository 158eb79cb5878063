"""The bus: typed clients and servers made from contracts, over RabbitMQ or in memory.

`transport_url = fake://` keeps everything in this process, through the same JSON; tests use it.
"""

from __future__ import annotations

import inspect
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

from oslo_config import cfg

from nova.base import report
from nova.base.context import RequestContext
from nova.base.contract import Contract
from nova.bus.codec import Method, methods_of

C = TypeVar("C", bound=Contract)


class RpcServer(Protocol):
    """A daemon's ear."""

    def start(self) -> None:
        """Begin to take messages."""

    def stop(self) -> None:
        """Take no more, finish those in hand, return."""


class Transport(Protocol):
    """How messages travel."""

    def send(self, method: Method, host: str | None, context: Mapping[str, Any], text: str) -> Mapping[str, Any]:
        """Deliver to any server of the method's topic, or to the one on `host`; for a call answers the reply.

        Raises nova.contracts.errors.Unavailable when no answer came in time.
        """

    def server(
        self, topic: str, host: str, endpoints: Sequence[Contract], taken: Callable[[Method], None]
    ) -> RpcServer:
        """A server for these endpoints; `taken` hears of each message."""

    def reachable(self) -> bool:
        """Whether the broker takes connections just now."""

    def close(self) -> None:
        """Let go of connections."""


class Bus:
    """One a process. `sent` and `taken` count the requests by "namespace.method" since start, for reports.

    `returned` is called when a conductor answers again after a silence, in which messages may have been lost.
    With `awaited` somebody waits for what is asked, and hears after a while that the broker is away; else what is
    asked is sent when the broker is back.
    """

    def __init__(self, conf: cfg.ConfigOpts, *, awaited: bool = True) -> None:
        self.sent: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.returned: list[Callable[[], None]] = []
        self._counting = threading.Lock()
        report.counters("Requests sent", lambda: self.sent)
        report.counters("Requests taken", lambda: self.taken)
        self._transport = _transport(conf, awaited)

    def client(self, contract: type[C], host: str | None = None) -> C:
        """Calls whoever serves the contract, or only the daemon on `host`."""
        return cast(C, _Client(self, methods_of(contract), host))

    def serve(self, topic: str, host: str, endpoints: Sequence[Contract]) -> RpcServer:
        """A server, not yet started. TypeError when an endpoint does not keep its contract."""
        for endpoint in endpoints:
            check_kept(endpoint)
        return self._transport.server(topic, host, endpoints, self._note_taken)

    def send(self, method: Method, host: str | None, context: RequestContext, arguments: Mapping[str, Any]) -> Any:
        """One request; for a call its answer. Raises what the other side raised, or Unavailable."""
        text = method.pack(arguments)
        with self._counting:
            self.sent[method.label] += 1
        reply = self._transport.send(method, host, context.to_wire(), text)
        return method.answer(reply) if method.wire.kind == "call" else None

    def _note_taken(self, method: Method) -> None:
        with self._counting:
            self.taken[method.label] += 1

    def reachable(self) -> bool:
        """Whether the broker takes connections just now."""
        return self._transport.reachable()

    def close(self) -> None:
        """Let go of connections."""
        self._transport.close()


class _Client:
    def __init__(self, bus: Bus, methods: Mapping[str, Method], host: str | None) -> None:
        self._bus, self._methods, self._host = bus, methods, host

    def __getattr__(self, name: str) -> Any:
        try:
            method = self._methods[name]
        except KeyError:
            raise AttributeError(name) from None

        def ask(context: RequestContext, **arguments: Any) -> Any:
            return self._bus.send(method, self._host, context, arguments)

        return ask


def contract_of(endpoint: Contract) -> type[Contract]:
    """The contract an endpoint keeps: the nearest class of its ancestry that declares methods. TypeError for none."""
    for ancestor in type(endpoint).__mro__[1:]:
        if issubclass(ancestor, Contract) and methods_of(ancestor):
            return ancestor
    raise TypeError(f"{type(endpoint).__name__} keeps no contract")


def check_kept(endpoint: Contract) -> None:
    """TypeError unless the endpoint overrides every method of its contract with the same parameters."""
    contract = contract_of(endpoint)
    for name in methods_of(contract):
        theirs, ours = getattr(type(endpoint), name), getattr(contract, name)
        if theirs is ours or _shape(theirs) != _shape(ours):
            raise TypeError(f"{type(endpoint).__name__}.{name} does not match {contract.__name__}")


def _shape(function: Any) -> list[tuple[str, Any]]:
    return [(parameter.name, parameter.default) for parameter in inspect.signature(function).parameters.values()]


def _transport(conf: cfg.ConfigOpts, awaited: bool) -> Transport:
    from nova.bus import rabbit

    url = rabbit.register_url(conf)
    if url is not None and url.startswith("fake:"):
        from nova.bus.memory import MemoryTransport

        return MemoryTransport(url)
    return rabbit.RabbitTransport(conf, awaited=awaited)
