"""Placing a server: what the scheduler is asked, what it knows of hosts, what it answers."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.flavor import Flavor
from nova.contracts.hypervisor import HypervisorReport
from nova.contracts.image import Image
from nova.contracts.record import Record


class ServerGroup(Record, frozen=True, kw_only=True):
    """The group a server was asked into. `hosts` are those of its members; `members_on` counts them per host."""

    uuid: str
    policy: str
    hosts: list[str] = []
    members_on: dict[str, int] = {}
    max_server_per_host: int | None = None


class PlacementRequest(Record, frozen=True, kw_only=True):
    """Where should this server go? `tried` are hosts that failed; `forced_host` bypasses filters but not capacity.

    `hints` as the user gave them: same_host, different_host (uuid or list), build_near_host_ip, cidr, group ...
    `hint_hosts` maps each server uuid named in the hints to its host (None: none), so no lookup is needed.
    """

    server: str
    project_id: str
    flavor: Flavor
    image: Image | None = None
    availability_zone: str | None = None
    forced_host: str | None = None
    forced_node: str | None = None
    requested_host: str | None = None
    requested_node: str | None = None
    hints: dict[str, list[str]] = {}
    hint_hosts: dict[str, str | None] = {}
    group: ServerGroup | None = None
    tried: list[str] = []
    alternates: int = 3


class Choice(Record, frozen=True, kw_only=True):
    """A host that can take the server, best first; `provider` is its resource provider's uuid."""

    host: str
    node: str
    provider: str


class Placement(Record, frozen=True, kw_only=True):
    """The answer: hosts in order of preference (empty: none fits), and how many hosts each filter left.

    `filtered` holds (filter name, hosts left after it) in the order they ran, starting with ("all hosts", n). Where
    none fits, `why` has words for users for each of them: what the hosts are that it removed.
    """

    choices: list[Choice]
    filtered: list[tuple[str, int]]
    why: dict[str, str] = {}


class HostFacts(Record, frozen=True, kw_only=True):
    """One host as the conductor knows it. Used figures are the sum of claims, in vcpus, MiB and GiB."""

    host: str
    node: str
    provider: str
    generation: int
    zone: str
    alive: bool
    enabled: bool
    report: HypervisorReport
    vcpus_used: int
    memory_mb_used: int
    disk_gb_used: int
    servers: int
    io_ops: int
    aggregates: dict[str, list[str]] = {}


class HostChanges(Record, frozen=True, kw_only=True):
    """Hosts that changed since `version`; `all` says whether it is the full list. `gone` are nodes to drop."""

    version: int
    all: bool
    hosts: list[HostFacts]
    gone: list[str] = []


class Scheduler(Contract):
    """What nova-scheduler does when asked."""

    topic = "scheduler"
    namespace = "scheduler"

    @call(timeout=30, monitored=True)
    def place(self, context: RequestContext, *, requests: list[PlacementRequest]) -> list[Placement]:
        """One answer a request, each counting on those before it."""
        ...


class HostTable(Contract):
    """What the scheduler asks the conductor."""

    topic = "conductor"
    namespace = "host_table"

    # Short: an answer lost with a conductor must not keep the scheduler from asking the next one.
    @call(timeout=10)
    def changes(self, context: RequestContext, *, since: int) -> HostChanges:
        """All hosts with since 0, else those whose facts changed after that version."""
        ...
