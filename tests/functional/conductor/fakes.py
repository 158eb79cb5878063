"""A cloud whose messages stay in memory, and the daemons that tests listen as."""

from __future__ import annotations

import datetime
import threading
from contextlib import contextmanager

from nova.bus.bus import Bus
from nova.bus.rabbit import register_url
from nova.conductor.tasks.journal import Holder
from nova.conductor.tasks.plan import Cloud
from nova.contracts.network_agent import NetworkAgent


@contextmanager
def cloud_in_memory(conf, database, name):
    """What the conductor's parts work with; `name` keeps its messages apart from other tests'."""
    register_url(conf)
    conf.set_override("transport_url", f"fake://{name}")
    bus = Bus(conf)
    try:
        yield Cloud(conf=conf, database=database, bus=bus)
    finally:
        bus.close()


class IdleRunner:
    """Holds tasks and runs none; remembers which it was told to run, and which to give up."""

    holder = Holder("nobody", datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC))

    def __init__(self):
        self.ran, self.given_up = [], []

    def run(self, tasks):
        self.ran += tasks

    def give_up(self, tasks):
        self.given_up += tasks


class Agent(NetworkAgent):
    """Remembers what it was told."""

    def __init__(self):
        self.told, self.applied, self.forgotten = [], [], []
        self._heard = threading.Condition()

    def wait(self, kind, count=1):
        """Until it was sent so many messages of a kind that nobody answers; answers them."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(getattr(self, kind)) >= count, timeout=10)
            return getattr(self, kind)

    def serve(self, context, *, network, dhcp_address, add, remove, generation):
        self.told.append((network.uuid, dhcp_address, [line.address for line in add], remove, generation))

    def apply(self, context, *, served):
        self._hear(self.applied, served)

    def forget(self, context, *, network):
        self._hear(self.forgotten, network.uuid)

    def leftovers(self, context, *, plan):
        raise AssertionError("not asked")

    def _hear(self, where, what):
        with self._heard:
            where.append(what)
            self._heard.notify_all()
