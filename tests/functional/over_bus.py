"""A bus in memory with a few conductor endpoints on it."""

from __future__ import annotations

from contextlib import contextmanager

from nova.base import settings
from nova.bus import settings as bus_settings
from nova.bus.bus import Bus
from nova.contracts.service import Services


class Silence(Services):
    """Hears signs of life and answers nothing else."""

    def beat(self, context, *, binary, host, topic):
        return None

    def stopped(self, context, *, binary, host):
        return None

    def find(self, context, *, host=None, binary=None):
        return []

    def change(self, context, *, change, uuid=None, host=None, binary=None):
        raise AssertionError("nobody asks")

    def delete(self, context, *, id):
        raise AssertionError("nobody asks")

    def zones(self, context, *, with_services=False):
        return []


def load_conf(folder, options, text=""):
    """Settings from a file of their own, on a bus of their own."""
    file = folder / "nova.conf"
    file.write_text(f"[DEFAULT]\nhost = here\ntransport_url = fake://{folder.name}\n{text}")
    return settings.load(["--config-file", str(file)], program="test", options=[bus_settings.OPTIONS, *options])


@contextmanager
def conductor(conf, *endpoints):
    """A conductor that serves these, and a bus to reach it and others."""
    bus = Bus(conf)
    server = bus.serve("conductor", "here", [*endpoints, Silence()])
    server.start()
    try:
        yield bus
    finally:
        server.stop()
        bus.close()
