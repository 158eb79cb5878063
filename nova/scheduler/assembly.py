"""nova-scheduler put together from its parts."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from oslo_config import cfg

from nova.base.contract import Contract
from nova.base.periodic import Periodic
from nova.bus.bus import Bus
from nova.contracts.errors import Unavailable
from nova.contracts.scheduling import HostTable
from nova.scheduler.choosing import Ranking
from nova.scheduler.endpoint import SchedulerEndpoint
from nova.scheduler.loading import load_filters, load_weighers
from nova.scheduler.refresh import Refresh
from nova.scheduler.table import Table

LOG = logging.getLogger(__name__)


class Assembly:
    """The parts that the endpoint and the background work share. Raises NotLoadable for a bad configuration."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._filters = load_filters(conf)
        options = conf.filter_scheduler
        self._ranking = Ranking(
            load_weighers(conf), options.host_subset_size, shuffle_ties=options.shuffle_best_same_weighed_hosts
        )
        self._table = Table()

    def endpoints(self, bus: Bus) -> Sequence[Contract]:
        """What is served."""
        self._refresh = Refresh(self._table, bus.client(HostTable))
        return [SchedulerEndpoint(self._table, self._refresh, self._filters, self._ranking)]

    def started(self, bus: Bus) -> Sequence[Periodic]:
        """Keeps the table in step, from now on."""
        periodic = Periodic("host table", self._conf.scheduler.interval, self._keep_in_step)
        periodic.start()
        return [periodic]

    def _keep_in_step(self) -> None:
        try:
            self._refresh()
        except Unavailable as error:
            LOG.warning("The host table is not up to date: %s", error)
