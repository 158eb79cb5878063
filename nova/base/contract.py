"""How a daemon declares what it offers to others.

A contract is a class whose methods are marked `cast` or `call`. The daemon's endpoint inherits from it and
overrides every method; the bus makes clients from the same class. The body of a contract method is `...`.
Every method takes the request context first, then keyword-only arguments whose types msgspec can carry.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Wire:
    """How one method travels.

    `timeout` is in seconds and bounds the whole call. With `monitored`, the other side also sends a sign of life
    while it works, and its silence for a few seconds ends the call early: for what may take minutes.
    """

    kind: str
    timeout: float | None = None
    monitored: bool = False


class Contract:
    """Base of every contract. `topic` is the daemon's queue, `namespace` tells contracts on one topic apart."""

    topic: ClassVar[str]
    namespace: ClassVar[str]


def cast(method: F) -> F:
    """Mark a method as one that is sent and not answered: it must be safe to lose, something else converges."""
    method.wire = Wire("cast")  # type: ignore[attr-defined]
    return method


def call(*, timeout: float, monitored: bool = False) -> Callable[[F], F]:
    """Mark a method as one whose answer is awaited for at most `timeout` seconds."""

    def mark(method: F) -> F:
        method.wire = Wire("call", timeout, monitored)  # type: ignore[attr-defined]
        return method

    return mark


def methods(contract: type[Contract]) -> Iterator[tuple[str, Callable[..., Any], Wire]]:
    """Every method of the contract with its wire."""
    for name, method in inspect.getmembers(contract, inspect.isfunction):
        wire = getattr(method, "wire", None)
        if wire is not None:
            yield name, method, wire
