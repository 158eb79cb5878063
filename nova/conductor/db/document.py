"""Records as JSON text in a column, and back."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")

_encoder = msgspec.json.Encoder()
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def dump(value: Any) -> str:
    """The JSON text of a record or anything made of plain values."""
    return _encoder.encode(value).decode()


@overload
def load(text: str, shape: type[T]) -> T: ...
@overload
def load(text: None, shape: type[T]) -> None: ...
@overload
def load(text: str | None, shape: type[T]) -> T | None: ...
def load(text: str | None, shape: type[T]) -> T | None:
    """The record of this shape that `dump` wrote; None for NULL."""
    if text is None:
        return None
    decoder = _decoders.get(shape)
    if decoder is None:
        decoder = _decoders[shape] = msgspec.json.Decoder(shape)
    found: T = decoder.decode(text)
    return found
