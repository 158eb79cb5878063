"""From all hosts to the few best: filters, then weighers."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Floats, Mask, Rows
from nova.scheduler.filters.base import Filter
from nova.scheduler.weighers.base import Weigher

Counts = list[tuple[str, int]]
NOT_ASKED_FOR = {"forced host": "not asked for", "requested host": "not asked for"}
"""What hosts are that the request itself leaves out, as a filter's `refuses`."""


def standing(hosts: Columns, request: PlacementRequest, filters: Sequence[Filter]) -> tuple[Mask, Counts]:
    """The hosts that may take the server, and how many were left after each step; stops when none is.

    A forced host or node is only looked up: operators use it to get past the filters.
    """
    left = hosts.every(True)
    counts: Counts = [("all hosts", len(hosts))]
    if request.forced_host or request.forced_node:
        left = _named(hosts, request.forced_host, request.forced_node)
        return left, [*counts, ("forced host", int(left.sum()))]
    if request.requested_host or request.requested_node:
        left = _named(hosts, request.requested_host, request.requested_node)
        counts.append(("requested host", int(left.sum())))
    for each in filters:
        if not left.any():
            break
        left = each.narrow(hosts, request, left)
        counts.append((each.name, int(left.sum())))
    return left, counts


def _named(hosts: Columns, host: str | None, node: str | None) -> Mask:
    return hosts.mask([host] if host else set(hosts.hosts), node)


class Ranking:
    """Puts hosts in order, best first."""

    def __init__(
        self, weighers: Sequence[Weigher], subset_size: int, *, shuffle_ties: bool = False, seed: int | None = None
    ) -> None:
        self._weighers, self._subset_size, self._shuffle_ties = weighers, max(1, subset_size), shuffle_ties
        self._random = random.Random(seed)  # noqa: S311 - spreads load, guards nothing

    def best(self, hosts: Columns, request: PlacementRequest, left: Mask, count: int) -> list[int]:
        """At most `count` rows. The first is drawn among the best `subset_size`, the others follow by weight."""
        rows = np.flatnonzero(left)
        if len(rows) > 1:
            rows = self._sorted(rows, self._weights(hosts, request, rows), max(count, self._subset_size))
        order: list[int] = rows.tolist()
        if self._subset_size > 1 and order:
            drawn = self._random.randrange(min(self._subset_size, len(order)))
            order.insert(0, order.pop(drawn))
        return order[:count]

    def _weights(self, hosts: Columns, request: PlacementRequest, rows: Rows) -> Floats:
        total = np.zeros(len(rows))
        for weigher in self._weighers:
            if weigher.multiplier:
                total += weigher.weights(hosts, request, rows)
        return total

    def _sorted(self, rows: Rows, weights: Floats, most: int) -> Rows:
        if self._shuffle_ties:
            order = np.array(self._random.sample(range(len(rows)), len(rows)), dtype=np.intp)
            rows, weights = rows[order], weights[order]
        # Stable: equally good hosts keep their order, so that answers can be foretold.
        best_first: Rows = rows[np.argsort(-weights, kind="stable")[:most]]
        return best_first
