"""What a filter is."""

from __future__ import annotations

from typing import Any

import numpy as np
from oslo_config import cfg

from nova.contracts.scheduling import PlacementRequest
from nova.scheduler.columns import Columns, Mask
from nova.scheduler.host_view import HostView, Numbers


class Filter:
    """Says which hosts may take a server. Filters are made once, with the configuration, and keep no state.

    `refuses` is for users: what hosts are that do not pass, in words that follow their number.
    """

    refuses = "refused"

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @property
    def name(self) -> str:
        """The name in enabled_filters and in the reasons."""
        return type(self).__name__

    def mask(self, hosts: Columns, request: PlacementRequest) -> Mask:
        """True for each host that may take the server."""
        return hosts.every(True)

    def narrow(self, hosts: Columns, request: PlacementRequest, left: Mask) -> Mask:
        """Those of the hosts still left that may take the server."""
        return left & self.mask(hosts, request)


class OneHostFilter(Filter):
    """A filter that looks at one host at a time, for those outside this tree: override `host_passes`."""

    def host_passes(self, host: HostView | Any, request: PlacementRequest) -> bool:
        """Whether this host may take the server."""
        return True

    def narrow(self, hosts: Columns, request: PlacementRequest, left: Mask) -> Mask:
        """As a filter over all hosts, asking only about those still left."""
        passed, figures = left.copy(), dict[str, Numbers]()
        for row in np.flatnonzero(left).tolist():
            passed[row] = self.host_passes(HostView(hosts, row, figures), request)
        return passed
