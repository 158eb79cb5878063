"""The whole life of an RPC daemon: bus, endpoints, background work, signs of life, graceful stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from oslo_config import cfg

from nova.base import daemon
from nova.base.contract import Contract
from nova.base.daemon import Stoppable
from nova.bus.bus import Bus
from nova.bus.presence import Presence, echo_contract, echo_endpoint

LOG = logging.getLogger(__name__)


def nothing_more(bus: Bus) -> Sequence[Stoppable]:
    """For daemons without background work."""
    return []


def serve(
    conf: cfg.ConfigOpts,
    *,
    binary: str,
    topic: str,
    host: str,
    endpoints: Callable[[Bus], Sequence[Contract]],
    started: Callable[[Bus], Sequence[Stoppable]] = nothing_more,
) -> int:
    """Serve until a signal; answers the exit code.

    `started` is called when messages are taken, and starts the background work it answers: that is stopped, in
    order, after no more messages are taken.
    """
    return daemon.run(conf, binary, lambda: RpcDaemon(conf, binary, topic, host, endpoints, started))


class RpcDaemon:
    """A running RPC daemon. Tests start several in one process."""

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        binary: str,
        topic: str,
        host: str,
        endpoints: Callable[[Bus], Sequence[Contract]],
        started: Callable[[Bus], Sequence[Stoppable]] = nothing_more,
    ) -> None:
        self.bus = Bus(conf, awaited=False)
        echo = echo_endpoint(echo_contract(topic))
        self._server = self.bus.serve(topic, host, [*endpoints(self.bus), echo])
        self._server.start()
        self._background = list(started(self.bus))
        self._presence = Presence(
            self.bus,
            binary=binary,
            topic=topic,
            host=host,
            interval=conf.report_interval,
            deaf_after=conf.watchdog_timeout,
        )
        self._presence.start()

    def stop(self) -> None:
        """Say goodbye, take no more messages, finish what is in hand."""
        self._presence.stop()
        self._server.stop()
        for work in self._background:
            work.stop()
        self.bus.close()
