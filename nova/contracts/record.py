"""The base of what travels: typed, immutable, ignorant of unknown keys so that daemons may differ by a release."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A typed record. Times are aware UTC datetimes; sizes say their unit in their name."""


class Page(Record, frozen=True, kw_only=True):
    """Which part of a list is wanted.

    `marker` is the id (as the API shows it) of the last item of the page before; `limit` is at least 1 and is
    bounded by the API's max_limit; `sort` holds (key, "asc" | "desc") pairs.
    """

    limit: int
    marker: str | None = None
    sort: list[tuple[str, str]] = []
