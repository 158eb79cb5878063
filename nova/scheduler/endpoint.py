"""nova-scheduler's answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from nova.base.context import RequestContext
from nova.contracts.errors import Unavailable
from nova.contracts.scheduling import Choice, Placement, PlacementRequest, Scheduler
from nova.scheduler.choosing import NOT_ASKED_FOR, Ranking, standing
from nova.scheduler.filters.base import Filter
from nova.scheduler.groups import RecentMembers
from nova.scheduler.table import Table

LOG = logging.getLogger(__name__)


class SchedulerEndpoint(Scheduler):
    """Places servers by the table."""

    def __init__(self, table: Table, refresh: Callable[[], None], filters: Sequence[Filter], ranking: Ranking) -> None:
        self._table, self._refresh = table, refresh
        self._filters, self._ranking = filters, ranking
        self._why = NOT_ASKED_FOR | {each.name: each.refuses for each in filters}
        self._members = RecentMembers()

    def place(self, context: RequestContext, *, requests: list[PlacementRequest]) -> list[Placement]:
        """One answer a request, each counting on those before it.

        Before the first "none fits" of a batch the table is brought up to date: hosts may have become free.
        """
        batch = object()
        fresh = False
        placements = []
        for request in requests:
            placement = self._place(request, batch)
            if not placement.choices and not fresh:
                self._look_again()
                fresh = True
                placement = self._place(request, batch)
            _tell(request, placement)
            placements.append(placement)
        return placements

    def _look_again(self) -> None:
        """The conductor's silence matters only while the table is empty: else the last known hosts must do."""
        try:
            self._refresh()
            with self._table.lock:
                self._table.settle()
        except Unavailable:
            if not self._table.loaded:
                raise
            LOG.warning("Placing by a host table that is not up to date: the conductor does not answer")

    def _place(self, request: PlacementRequest, batch: object) -> Placement:
        with self._table.lock:
            request = self._members.seen_by(request, batch)
            hosts = self._table.hosts
            left, filtered = standing(hosts, request, self._filters)
            rows = self._ranking.best(hosts, request, left, 1 + max(0, request.alternates))
            choices = [Choice(host=hosts.hosts[r], node=hosts.nodes[r], provider=hosts.providers[r]) for r in rows]
            if rows:
                self._table.charge(rows[0], request.flavor)
                self._members.placed(request, choices[0].host, batch)
        why = {} if rows else {name: self._why[name] for name, _ in filtered[1:]}
        return Placement(choices=choices, filtered=filtered, why=why)


def _tell(request: PlacementRequest, placement: Placement) -> None:
    steps = ", ".join(f"{name}: {count}" for name, count in placement.filtered)
    if placement.choices:
        LOG.debug("Server %s goes to %s (%s)", request.server, placement.choices[0].host, steps)
    else:
        LOG.info("No host for server %s of project %s (%s)", request.server, request.project_id, steps)
