"""The cloud that is measured: one that stack.sh put up with the fake driver, known by its data folder."""

from __future__ import annotations

import os
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.client import Client, Login, Refused, log_in
from tests.bench.counts import Counts
from tests.bench.processes import Processes, machine_busy

RPC_DAEMONS = ("nova-conductor", "nova-scheduler", "nova-compute", "nova-network", "nova-consoleauth")
SILENCE_SECONDS = 20.0
"""Twice the time between two signs of life."""
MEASURED = ("nova-", "mariadb", "rabbitmq", "glance", "keystone")


@dataclass
class Cost:
    """What a piece of work took: wall seconds, CPU seconds by daemon, messages by method, SQL statements.

    Statements that an idle cloud sends in as much time are not counted in. `others` is the share of the machine that
    went to processes which are neither the cloud nor the caller.
    """

    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    statements: float = 0.0
    others: float = 0.0

    def cpu_each(self, count: int) -> dict[str, float]:
        """CPU seconds for one of so many, by daemon."""
        return {name: round(spent / count, 4) for name, spent in self.cpu.items() if spent}


class Cloud:
    """Where it is, who asks, and what its processes cost."""

    def __init__(self, data: Path) -> None:
        self._openrc = _values(data / "etc/openrc-admin")
        self.processes = Processes([str(data / "bin/ctl")])
        self.counts = Counts(data / "log")
        self.data = data
        self.login = self._log_in()
        self._idle_statements = 0.0

    def client(self) -> Client:
        """A connection to the Compute API."""
        return Client(self.login.compute, self.login.headers())

    def renew(self) -> None:
        """Log in again: a token does not last for ever."""
        self.login = self._log_in()

    def rpc_daemons(self) -> dict[str, int]:
        """Name and pid of the daemons that take messages."""
        return {name: pid for name, pid in self.processes.roots().items() if name.startswith(RPC_DAEMONS)}

    @contextmanager
    def cost(self) -> Iterator[Cost]:
        """What the cloud spends while the block runs, the reports themselves left out."""
        cost = Cost()
        daemons = self.rpc_daemons()
        conductors = {name: pid for name, pid in daemons.items() if name.startswith("nova-conductor")}
        messages, statements = self.counts.messages(daemons), self.counts.statements(conductors)
        time.sleep(1)
        cpu, busy, began = self.processes.cpu(), machine_busy(), time.perf_counter()
        own = time.process_time()
        yield cost
        cost.seconds = time.perf_counter() - began
        after, own = self.processes.cpu(), time.process_time() - own
        spent = {name: round(after[name] - cpu.get(name, 0.0), 2) for name in after if name.startswith(MEASURED)}
        cost.cpu = dict(sorted(spent.items()))
        others = machine_busy() - busy - own - sum(spent.values())
        cost.others = round(max(0.0, others) / (cost.seconds * (os.cpu_count() or 1)), 2)
        cost.messages = self.counts.messages(daemons) - messages
        sent = self.counts.statements(conductors) - statements
        cost.statements = max(0.0, sent - self._idle_statements * cost.seconds)

    def listen_to_silence(self) -> None:
        """Find out what the cloud says to its database when nobody asks for anything, so that it is not counted in."""
        self._idle_statements = 0.0
        with self.cost() as cost:
            time.sleep(SILENCE_SECONDS)
        self._idle_statements = cost.statements / cost.seconds

    def image(self) -> str:
        """The smallest image of Glance."""
        glance = Client(_beside(self.login.compute, "9292/v2"), self.login.headers())
        images = glance.json("GET", "/images?limit=100")["images"]
        plain = [image for image in images if image["disk_format"] in ("qcow2", "raw") and image["status"] == "active"]
        if not plain:
            raise Refused("Glance has no image to boot from")
        return str(min(plain, key=lambda image: image["size"])["id"])

    def _log_in(self) -> Login:
        rc = self._openrc
        if "OS_TOKEN" in rc:
            return Login(rc["OS_TOKEN"], rc["OS_TOKEN"].rpartition(":")[2], rc["OS_ENDPOINT"])
        keystone = rc["OS_AUTH_URL"]
        return log_in(
            keystone, rc["OS_USERNAME"], rc["OS_PASSWORD"], rc["OS_PROJECT_NAME"], _beside(keystone, "8774/v2.1")
        )


def _values(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


def _beside(url: str, port_and_path: str) -> str:
    """Another service of the same host."""
    return f"http://{urllib.parse.urlsplit(url).hostname}:{port_and_path}"
