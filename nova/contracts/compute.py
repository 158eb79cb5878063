"""What nova-compute does when asked, and what it tells the conductor of its host."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call, cast
from nova.contracts.audit import Finding
from nova.contracts.guest import ConsoleTarget, Guest, GuestRef, GuestState
from nova.contracts.hypervisor import HypervisorReport
from nova.contracts.network import Filters
from nova.contracts.record import Record


class Compute(Contract):
    """nova-compute on one host. Every method may be repeated: what is already so stays as it is."""

    topic = "compute"
    namespace = "compute"

    @call(timeout=1800, monitored=True)
    def make_disks(self, context: RequestContext, *, guest: Guest) -> None:
        """Fetch the image and write all disks. ImageUnusable, DiskFull, Unavailable (Glance)."""
        ...

    @call(timeout=60, monitored=True)
    def remove_disks(self, context: RequestContext, *, guest: GuestRef) -> None:
        """Delete the server's folder on this host."""
        ...

    @call(timeout=300, monitored=True)
    def start_guest(self, context: RequestContext, *, guest: Guest) -> GuestState:
        """Filters, taps, then the domain, running at return."""
        ...

    @call(timeout=120, monitored=True)
    def destroy_guest(self, context: RequestContext, *, guest: GuestRef, with_disks: bool = False) -> None:
        """End and undefine the domain, take taps and filters away; the disks stay unless told otherwise."""
        ...

    @call(timeout=300, monitored=True)
    def power_off(self, context: RequestContext, *, guest: GuestRef, wait: int | None) -> GuestState:
        """Ask the guest to shut down, end it after `wait` seconds (0: at once; None: the host's shutdown_timeout)."""
        ...

    @call(timeout=300, monitored=True)
    def power_on(self, context: RequestContext, *, guest: Guest) -> GuestState:
        """Start a stopped guest, rebuilding taps and filters."""
        ...

    @call(timeout=300, monitored=True)
    def reboot(self, context: RequestContext, *, guest: Guest, hard: bool) -> GuestState:
        """Soft asks the guest and falls back to hard; hard rebuilds domain, taps and filters."""
        ...

    @call(timeout=30)
    def console_output(self, context: RequestContext, *, guest: GuestRef, lines: int | None) -> str:
        """The end of the serial log, at most 100 KiB, bytes that are not text replaced."""
        ...

    @call(timeout=30)
    def console_target(self, context: RequestContext, *, guest: GuestRef, kind: str) -> ConsoleTarget:
        """Where the screen is served; BadRequest for a kind this host does not offer."""
        ...

    @cast
    def apply_filters(self, context: RequestContext, *, filters: list[Filters]) -> None:
        """Bring the packet filters of these servers up to date."""
        ...

    @call(timeout=20, monitored=True)
    def power_states(self, context: RequestContext, *, servers: list[str]) -> list[GuestState]:
        """What the hypervisor says of these just now, NOSTATE of those without a guest."""
        ...

    @call(timeout=30)
    def uptime(self, context: RequestContext) -> str:
        """The host's uptime line."""
        ...

    @call(timeout=60)
    def leftovers(self, context: RequestContext, *, plan: HostPlan) -> list[Finding]:
        """Domains, taps, chains and files without an owner in the plan; changes nothing."""
        ...


class PlannedGuest(Record, frozen=True, kw_only=True):
    """One server of a host's plan. `busy`: a task works on it, keep hands off. `should_run`: its recorded power."""

    guest: Guest
    busy: bool
    should_run: bool


class HostPlan(Record, frozen=True, kw_only=True):
    """All that should be on one host."""

    host: str
    guests: list[PlannedGuest]


class Hosts(Contract):
    """What nova-compute asks and tells the conductor; only about its own host."""

    topic = "conductor"
    namespace = "hosts"

    @call(timeout=30, monitored=True)
    def report(self, context: RequestContext, *, host: str, report: HypervisorReport) -> None:
        """Inventory of the hypervisor, at start and periodically."""
        ...

    @call(timeout=60, monitored=True)
    def plan(self, context: RequestContext, *, host: str) -> HostPlan:
        """What should be on me?"""
        ...

    @call(timeout=30, monitored=True)
    def gone(self, context: RequestContext, *, host: str, servers: list[str]) -> list[str]:
        """Those of these servers that are deleted or not on this host; without those this cloud never had."""
        ...

    @call(timeout=30, monitored=True)
    def power_states(self, context: RequestContext, *, host: str, states: list[GuestState]) -> None:
        """What the hypervisor said, for servers that no task works on; where that would change the record, the host is
        asked what it says now, for this may come late. HostNotOwner for others' servers.
        """
        ...
