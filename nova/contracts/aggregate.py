"""Aggregates: sets of hosts with words about them. One whose words name an availability zone makes it."""

from __future__ import annotations

import datetime

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.record import Record


class Aggregate(Record, frozen=True, kw_only=True):
    """A set of hosts. `metadata` holds `availability_zone` where it is one."""

    id: int
    uuid: str
    name: str
    hosts: list[str] = []
    metadata: dict[str, str] = {}
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None


class Aggregates(Contract):
    """Aggregates as the conductor keeps them."""

    topic = "conductor"
    namespace = "aggregates"

    @call(timeout=30)
    def find(self, context: RequestContext) -> list[Aggregate]:
        """All of them, in the order they were made."""
        ...

    @call(timeout=30)
    def get(self, context: RequestContext, *, id: int) -> Aggregate:
        """NotFound."""
        ...
