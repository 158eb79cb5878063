"""Answers are lists of dated fields: the microversion and the policy are data on the field."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from nova.api.web.call import Call
from nova.api.web.microversion import LAST
from nova.api.web.policy import Rule

Value = Callable[[Any, Call], Any]


@dataclass(frozen=True)
class Field:
    """One key of an answer.

    `value` is an attribute's name or a function of the record and the call. The key is there from `since` to `until`,
    when `rule` allows the caller to see it, and when `when(record)` holds.
    """

    name: str
    value: str | Value
    since: int = 1
    until: int = LAST
    rule: Rule | None = None
    when: Callable[[Any], bool] | None = None

    def reader(self) -> Value:
        """How to take the value out of a record."""
        if not isinstance(self.value, str):
            return self.value
        get = attrgetter(self.value)
        return lambda record, call: get(record)


class View:
    """How a record looks to a caller. Rules are checked against the record's project, once for each project."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields
        self._readers = [(field, field.reader()) for field in fields]

    def show(self, call: Call, record: Any) -> dict[str, Any]:
        """One record."""
        return self.list(call, [record])[0]

    def list(self, call: Call, records: Iterable[Any]) -> list[dict[str, Any]]:
        """Many records, in their order."""
        dated = [(field, read) for field, read in self._readers if field.since <= call.version <= field.until]
        seen_by: dict[Any, list[tuple[Field, Value]]] = {}
        answers = []
        for record in records:
            project = getattr(record, "project_id", None)
            if project not in seen_by:
                seen_by[project] = _visible(call, dated, record)
            answers.append(
                {f.name: read(record, call) for f, read in seen_by[project] if f.when is None or f.when(record)}
            )
        return answers


def _visible(call: Call, dated: list[tuple[Field, Value]], record: Any) -> list[tuple[Field, Value]]:
    """The fields that the caller may see of the record; each rule is asked once."""
    project = getattr(record, "project_id", None)
    target = None if project is None else {"project_id": project, "user_id": getattr(record, "user_id", None)}
    rules = {field.rule for field, _ in dated if field.rule is not None}
    allowed = {rule for rule in rules if call.can(rule, target)}
    return [(field, read) for field, read in dated if field.rule is None or field.rule in allowed]


def stamp(moment: datetime.datetime | None) -> str | None:
    """2025-01-31T12:00:00Z, as most answers write a time."""
    return None if moment is None else moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def long_stamp(moment: datetime.datetime | None) -> str | None:
    """2025-01-31T12:00:00.000000, as fields that came from extensions write a time."""
    return None if moment is None else moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
