"""Arguments and answers as JSON text, typed by the contract on both ends.

An answer is {"ok": text} or {"error": {"kind", "facts"}}: a NovaError is raised again, as itself, at the caller.
"""

from __future__ import annotations

import inspect
import logging
import typing
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from nova.base.context import RequestContext
from nova.base.contract import Contract, Wire, methods
from nova.contracts.errors import InternalError, NovaError

LOG = logging.getLogger(__name__)

LONGEST_FACT = 10_000
"""Characters of one fact of an error that came from another daemon."""


class Method:
    """One method of a contract, ready to travel."""

    def __init__(self, contract: type[Contract], name: str, function: Callable[..., Any], wire: Wire) -> None:
        self.topic, self.namespace, self.name, self.wire = contract.topic, contract.namespace, name, wire
        self.label = f"{contract.namespace}.{name}"
        hints = typing.get_type_hints(function)
        fields: list[Any] = []
        for parameter in list(inspect.signature(function).parameters.values())[2:]:
            default = () if parameter.default is parameter.empty else (parameter.default,)
            fields.append((parameter.name, hints[parameter.name], *default))
        self._arguments = msgspec.defstruct(f"{contract.__name__}_{name}", fields, kw_only=True)
        self._names = frozenset(field[0] for field in fields)
        self._decode_arguments = msgspec.json.Decoder(self._arguments).decode
        self._decode_answer = msgspec.json.Decoder(hints.get("return", None)).decode

    def pack(self, arguments: Mapping[str, Any]) -> str:
        """Text of the arguments; TypeError for a wrong name or a missing one, before anything is sent."""
        unknown = arguments.keys() - self._names
        if unknown:
            raise TypeError(f"{self.namespace}.{self.name} takes no argument {', '.join(sorted(unknown))}")
        return msgspec.json.encode(self._arguments(**arguments)).decode()

    def unpack(self, text: str) -> dict[str, Any]:
        """The arguments as typed values; msgspec.MsgspecError, RecursionError or UnicodeError when they do not fit."""
        arguments = self._decode_arguments(text)
        return {name: getattr(arguments, name) for name in self._names}

    def answer(self, reply: Mapping[str, Any]) -> Any:
        """The value a reply holds, or the error it holds, raised. InternalError for what does not fit the contract."""
        try:
            error = reply.get("error")
            if error is None:
                return self._decode_answer(reply["ok"])
        except (msgspec.MsgspecError, RecursionError, UnicodeError, AttributeError, KeyError, TypeError) as broken:
            raise InternalError(log=f"{self.label} was answered against its contract: {broken!r:.200}") from broken
        raise revive(error)


_known: dict[type[Contract], dict[str, Method]] = {}


def methods_of(contract: type[Contract]) -> dict[str, Method]:
    """Every method of a contract by name; made once a process."""
    if contract not in _known:
        _known[contract] = {name: Method(contract, name, function, wire) for name, function, wire in methods(contract)}
    return _known[contract]


def perform(method: Method, function: Callable[..., Any], context: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Run an endpoint's method for a message; answers the reply. Nothing is raised."""
    caller = RequestContext.from_wire(context)
    try:
        arguments = method.unpack(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        LOG.error("%s.%s was called against its contract: %s", method.namespace, method.name, error)
        return {"error": preserve(InternalError())}
    try:
        value = function(caller, **arguments)
        return {"ok": msgspec.json.encode(value).decode()}
    except NovaError as error:
        if error.log:
            LOG.info("%s.%s: %s (%s)", method.namespace, method.name, error, error.log)
        return {"error": preserve(error)}
    except Exception:
        LOG.exception("%s.%s failed", method.namespace, method.name)
    return {"error": preserve(InternalError())}


def preserve(error: NovaError) -> dict[str, Any]:
    """An error as it travels or is stored."""
    return {"kind": type(error).__name__, "facts": msgspec.to_builtins(error.facts)}


def revive(stored: Mapping[str, Any]) -> NovaError:
    """The error that `preserve` put away; InternalError for what is none, or of a kind this release does not know.

    It may come from a host that somebody has taken over: its words are cut to what every database keeps.
    """
    try:
        kind = NovaError.kinds.get(stored["kind"], InternalError)
        return kind(**_tame(dict(stored["facts"])))
    except (KeyError, TypeError, ValueError, RecursionError) as broken:
        return InternalError(log=f"an error came without its kind or facts: {broken!r:.200}")


def _tame(fact: Any) -> Any:
    if isinstance(fact, str):
        return fact.replace("\0", "\ufffd").encode(errors="replace").decode()[:LONGEST_FACT]
    if isinstance(fact, dict):
        return {_tame(name): _tame(inner) for name, inner in fact.items()}
    if isinstance(fact, list):
        return [_tame(inner) for inner in fact]
    return fact
