"""What a weigher is."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from oslo_config import cfg

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Floats, Rows


class Weigher(ABC):
    """Says how good each host is. `option` in [filter_scheduler] multiplies what it says."""

    option: str
    # The range of raw values is taken to start here unless some are lower; None: at the lowest one seen.
    starts_at: float | None = 0.0

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @property
    def multiplier(self) -> float:
        """How much this weigher counts; a negative number turns it round."""
        return float(self.conf.filter_scheduler[self.option])

    @abstractmethod
    def weigh(self, hosts: Columns, request: PlacementRequest) -> Floats:
        """A raw value for every host of the table, more is better."""

    def weights(self, hosts: Columns, request: PlacementRequest, rows: Rows) -> Floats:
        """The raw values of these rows, brought between 0 and 1 and multiplied."""
        raw = np.asarray(self.weigh(hosts, request), dtype=np.float64)[rows]
        low = raw.min() if self.starts_at is None else min(self.starts_at, raw.min())
        span = raw.max() - low
        if span <= 0:
            return np.zeros(len(rows))
        return (raw - low) / span * self.multiplier
