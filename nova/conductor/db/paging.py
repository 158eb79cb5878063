"""Lists by page: ordered by any columns, continued after a row, without counting rows over.

NULL sorts before every value, as in MySQL and SQLite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, false, or_

from nova.contracts.errors import BadRequest

Order = Sequence[tuple[Column[Any], str]]


def order_of(sort: Sequence[tuple[str, str]], keys: dict[str, Column[Any]], last: Column[Any]) -> Order:
    """The columns for the caller's sort keys, ending with a unique one so that the order is total.

    `keys` are the words allowed. The unique column goes the way of the last key. BadRequest for another word.
    """
    order: list[tuple[Column[Any], str]] = []
    for key, direction in sort:
        if key not in keys:
            raise BadRequest(reason=f"Invalid sort key: {key}")
        if direction not in ("asc", "desc"):
            raise BadRequest(reason=f"Invalid sort direction: {direction}")
        order.append((keys[key], direction))
    if all(column is not last for column, _ in order):
        order.append((last, order[-1][1] if order else "asc"))
    return order


def page(query: Select[Any], order: Order, limit: int, after: Sequence[Any] | None = None) -> Select[Any]:
    """The query, ordered and cut to `limit` rows, beginning after the row with these values of the order's columns."""
    if after is not None:
        query = query.where(_behind(order, after))
    for column, direction in order:
        if column.nullable:
            query = query.order_by(column.is_not(None) if direction == "asc" else column.is_(None))
        query = query.order_by(column.asc() if direction == "asc" else column.desc())
    return query.limit(limit)


def no_marker(marker: str) -> BadRequest:
    """What to raise when the marker's row does not exist."""
    return BadRequest(reason=f"marker [{marker}] not found")


def _behind(order: Order, values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows strictly after the values, in this order."""
    chances: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for (column, direction), value in zip(order, values, strict=True):
        chances.append(and_(*equal, _beyond(column, direction, value)))
        equal.append(column.is_(None) if value is None else column == value)
    found = or_(*chances)
    first, direction = order[0]
    if values[0] is None or first.nullable:
        return found
    # Said again for the first column alone, a range that an index can begin at.
    bound = first >= values[0] if direction == "asc" else first <= values[0]
    return and_(bound, found)


def _beyond(column: Column[Any], direction: str, value: Any) -> ColumnElement[bool]:
    if direction == "asc":
        return column.is_not(None) if value is None else column > value
    if value is None:
        return false()
    return or_(column < value, column.is_(None)) if column.nullable else column < value
