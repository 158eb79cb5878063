"""Makes the host agree with what should be on it: at start, now and then, and twice without a difference.

The conductor's plan is the only measure. A server that a task or a step works on is left alone; what belongs to no
server of the plan is taken away only when two plans, a while apart, agree, nobody touched it in between, and the cloud
remembers the server.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from nova.base.context import admin_context
from nova.compute.attention import Attention
from nova.compute.endpoint import wanted_filters
from nova.compute.filters import GuestFilters
from nova.compute.leftovers import Holding, holdings
from nova.compute.outage import Outage
from nova.compute.power import report, runs
from nova.contracts.compute import HostPlan, Hosts, PlannedGuest
from nova.contracts.errors import NovaError, Unavailable
from nova.contracts.guest import GuestRef, GuestState
from nova.contracts.states import PowerState
from nova.virt.driver import Driver

LOG = logging.getLogger(__name__)

TICK = 15.0
"""Seconds between two looks at whether it is time; also the least between two plans that agree on an orphan."""

AFTER_WORK = 30.0
"""Seconds after a look at which the next comes when anything was done here meanwhile: for whom, only the plan tells.

With two turns of TICK what a message of long ago made for a deleted server is gone within a minute.
"""


@dataclass(frozen=True)
class Manners:
    """How convergence behaves, as the options say.

    `interval` is in seconds; `patience` for how long something must have had no owner; `orphans` what is done then:
    noop, log, shutdown or reap; `resume` whether guests that should run are started when the daemon starts.
    """

    interval: float
    patience: float = TICK
    orphans: str = "reap"
    resume: bool = False


class Convergence:
    """The periodic work; `alone` says whether no other host uses the folder of the guests' disks."""

    def __init__(
        self,
        *,
        host: str,
        driver: Driver,
        filters: GuestFilters,
        hosts: Hosts,
        attention: Attention,
        alone: Callable[[], bool],
        manners: Manners,
    ) -> None:
        self._host, self._driver, self._filters, self._hosts = host, driver, filters, hosts
        self._attention, self._alone, self._manners = attention, alone, manners
        self._outage = Outage("The comparison of this host with what should be on it")
        self._suspects: dict[str, float] = {}
        self._logged: set[str] = set()
        self._unknown: set[str] = set()
        self._ran_at: float | None = None
        self._resumed = not manners.resume

    def tick(self) -> None:
        """Run when it is time: at once at start, soon when something without an owner was seen, else now and then."""
        # Signed for at every turn: other hosts must know of this one before they take any folder for nobody's.
        self._alone()
        if self._due():
            self.run()

    def again(self) -> None:
        """Run at the next turn: messages may have been lost meanwhile."""
        self._ran_at = None

    def _due(self) -> bool:
        if self._ran_at is None or self._suspects:
            return True
        passed = self._attention.clock() - self._ran_at
        worked = passed >= AFTER_WORK and self._attention.worked_since(self._ran_at)
        return worked or passed >= self._manners.interval

    def run(self) -> None:
        """One comparison. What fails is logged and comes up again next time; the rest is done all the same."""
        with self._outage.expected():
            asked = self._attention.clock()
            plan = self._hosts.plan(admin_context(), host=self._host)
            guests = {state.uuid: state for state in self._driver.guests()}
            calm = [
                one for one in plan.guests if not one.busy and self._attention.untouched_since(one.guest.uuid, asked)
            ]
            self._try("set the packet filters", lambda: self._filter(calm, guests))
            if not self._resumed:
                self._resume(calm, guests)
            self._try("report power states", lambda: self._report(calm, guests))
            self._try("look for leftovers", lambda: self._reap(plan, asked))
            self._resumed = True
            self._ran_at = asked

    def _try(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Unavailable:
            raise
        except Exception:
            LOG.exception("Could not %s; it is tried again", what)

    def _filter(self, calm: list[PlannedGuest], guests: dict[str, GuestState]) -> None:
        wanted = [wanted_filters(one.guest) for one in calm if one.guest.uuid in guests]
        if wanted:
            self._filters.apply(wanted)

    def _resume(self, calm: list[PlannedGuest], guests: dict[str, GuestState]) -> None:
        """Start what should run and does not; `guests` learns of it."""
        for one in calm:
            guest = one.guest
            if not one.should_run or _runs(guests, guest.uuid):
                continue
            LOG.info("Server %s should run: its guest is started", guest.uuid)
            try:
                with self._attention.hold(guest.uuid):
                    self._filters.apply([wanted_filters(guest)])
                    guests[guest.uuid] = self._driver.start(guest)
            except Unavailable:
                raise
            except NovaError as error:
                LOG.error("The guest of server %s could not be started: %s %s", guest.uuid, error, error.log)
            except Exception:
                LOG.exception("The guest of server %s could not be started", guest.uuid)

    def _report(self, calm: list[PlannedGuest], guests: dict[str, GuestState]) -> None:
        """Tell the conductor where its record and the hypervisor differ."""
        differing = [
            guests.get(one.guest.uuid) or GuestState(uuid=one.guest.uuid, power_state=PowerState.NOSTATE)
            for one in calm
            if one.should_run != _runs(guests, one.guest.uuid)
        ]
        if differing:
            LOG.info(
                "Power states that differ from the record: %s", {one.uuid: one.power_state.name for one in differing}
            )
            report(self._hosts, self._host, differing)

    def _reap(self, plan: HostPlan, asked: float) -> None:
        if self._manners.orphans == "noop":
            return
        planned = {one.guest.uuid for one in plan.guests}
        orphans: dict[str, list[Holding]] = defaultdict(list)
        alone = self._alone()
        for holding in holdings(self._driver, self._filters):
            # With shared storage, a folder that has no owner here belongs to a server of another host.
            if holding.owner and holding.owner not in planned and (alone or holding.kind != "disk"):
                orphans[holding.owner].append(holding)
        # One that is being worked on is looked at again soon, whatever the work is: it may be a message of long ago.
        self._suspects = {owner: self._since(owner, asked) for owner in orphans if owner not in self._logged}
        due = [owner for owner, since in self._suspects.items() if self._may_end(owner, since, asked)]
        for owner in self._gone(due):
            self._end(owner, orphans[owner], asked)

    def _may_end(self, owner: str, since: float, asked: float) -> bool:
        return self._attention.untouched_since(owner, asked) and asked - since >= max(self._manners.patience, TICK)

    def _gone(self, owners: list[str]) -> list[str]:
        """Those whose servers the cloud remembers; the others stay, for an empty database would empty every host."""
        if not owners:
            return []
        remembered = set(self._hosts.gone(admin_context(), host=self._host, servers=owners))
        for owner in set(owners) - remembered:
            if owner not in self._unknown:
                LOG.error("What is here of server %s stays: the cloud does not know that it ever was", owner)
            self._unknown.add(owner)
            del self._suspects[owner]
        return [owner for owner in owners if owner in remembered]

    def _since(self, owner: str, asked: float) -> float:
        """From when on it has had no owner, untouched."""
        since = self._suspects.get(owner, asked)
        return since if self._attention.untouched_since(owner, since) else asked

    def _end(self, owner: str, things: list[Holding], asked: float) -> None:
        what = ", ".join(f"{thing.kind} {thing.name}" for thing in things)
        LOG.warning("Server %s is not on this host, but %s is still here (%s)", owner, what, self._manners.orphans)
        ref = GuestRef(uuid=owner)
        try:
            with self._attention.hold(owner):
                if self._attention.worked_on_since(owner, asked):
                    # The plan is older than what has come for it meanwhile.
                    return
                if self._manners.orphans == "reap":
                    self._take_away(ref, things)
                elif self._manners.orphans == "shutdown":
                    self._driver.power_off(ref, 0)
        except Unavailable:
            raise
        except Exception:
            LOG.exception("What is left of server %s could not be taken away; it is tried again", owner)
            return
        del self._suspects[owner]
        if self._manners.orphans != "reap":
            # Left here on purpose: said once.
            self._logged.add(owner)

    def _take_away(self, ref: GuestRef, things: list[Holding]) -> None:
        kinds = {thing.kind for thing in things}
        if "domain" in kinds:
            self._driver.destroy(ref)
        for thing in things:
            if thing.kind == "tap":
                self._driver.remove_tap(thing.name)
        if "chain" in kinds:
            self._filters.remove(ref.uuid)
        if "disk" in kinds:
            self._driver.remove_disks(ref)


def _runs(guests: dict[str, GuestState], server: str) -> bool:
    return server in guests and runs(guests[server])
