"""Signs of life, and a watchdog against deafness.

A daemon that no longer hears its own calls though the broker is there cannot be helped from inside: it ends, and
whatever supervises it starts it anew.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

from nova.base.context import RequestContext, admin_context
from nova.base.contract import Contract, call
from nova.base.periodic import Periodic
from nova.bus.bus import Bus
from nova.contracts.errors import NovaError
from nova.contracts.service import Services

LOG = logging.getLogger(__name__)


def echo_contract(on_topic: str) -> type[Contract]:
    """The contract by which the daemon of a topic calls itself."""

    class Echo(Contract):
        topic = on_topic
        namespace = "echo"

        @call(timeout=10)
        def echo(self, context: RequestContext, *, word: str) -> str:
            """The same word."""
            ...

    return Echo


def echo_endpoint(contract: type[Contract]) -> Contract:
    """Answers the daemon's own calls."""

    class EchoEndpoint(contract):  # type: ignore[misc, valid-type]
        def echo(self, context: RequestContext, *, word: str) -> str:
            return word

    return EchoEndpoint()


class Presence:
    """Tells the conductor that this daemon lives, and makes sure that it hears."""

    def __init__(
        self,
        bus: Bus,
        *,
        binary: str,
        topic: str,
        host: str,
        interval: float,
        deaf_after: float,
        end: Callable[[int], object] = os._exit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus, self._binary, self._topic, self._host = bus, binary, topic, host
        self._deaf_after, self._end, self._clock = deaf_after, end, clock
        self._services = bus.client(Services)
        self._echo = bus.client(echo_contract(topic), host=host)
        self._heard = clock()
        self._silent = False
        self._periodic = [
            Periodic("signs of life", interval, self.beat),
            Periodic("watchdog", interval, self.listen),
        ]

    def start(self) -> None:
        """Begin both."""
        self._heard = self._clock()
        for work in self._periodic:
            work.start()

    def stop(self) -> None:
        """End both, and say goodbye so that nobody waits for the time-out."""
        for work in self._periodic:
            work.stop()
        try:
            self._services.stopped(admin_context(), binary=self._binary, host=self._host)
        except NovaError as error:
            LOG.info("No conductor heard the goodbye: %s", error)

    def beat(self) -> None:
        """One sign of life; a conductor that does not answer is logged once."""
        try:
            self._services.beat(admin_context(), binary=self._binary, host=self._host, topic=self._topic)
        except NovaError as error:
            if not self._silent:
                LOG.warning("No conductor takes signs of life: %s It is tried again.", error)
            self._silent = True
        else:
            if self._silent:
                LOG.info("A conductor takes signs of life again")
                for work in self._bus.returned:
                    work()
            self._silent = False

    def listen(self) -> None:
        """Call this daemon through the broker; end the process when that has failed too long."""
        try:
            self._echo.echo(admin_context(), word=self._host)  # type: ignore[attr-defined]
        except NovaError:
            if not self._bus.reachable():
                self._heard = self._clock()
            elif self._clock() - self._heard > self._deaf_after:
                LOG.critical("%s does not hear its own calls though the broker is there: it ends", self._binary)
                self._end(3)
        else:
            self._heard = self._clock()
