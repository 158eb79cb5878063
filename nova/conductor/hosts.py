"""What compute hosts ask and tell: only about themselves."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from oslo_config import cfg
from sqlalchemy import Connection, Row, or_, select, update
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor import guests, host_report
from nova.conductor.db.engine import now
from nova.conductor.db.tables import instances, live, tasks
from nova.conductor.servers import begin
from nova.conductor.tasks import journal
from nova.conductor.tasks.journal import Holder
from nova.conductor.tasks.plan import Cloud
from nova.conductor.tasks.runner import Runner
from nova.contracts.compute import Compute, HostPlan, Hosts, PlannedGuest
from nova.contracts.errors import HostNotOwner
from nova.contracts.guest import Guest, GuestState
from nova.contracts.hypervisor import HypervisorReport
from nova.contracts.states import PowerState, VmState

RUNS = frozenset({VmState.ACTIVE, VmState.RESCUED})
OFF = frozenset({PowerState.SHUTDOWN, PowerState.CRASHED, PowerState.NOSTATE})


MOST_ASKED = 1000
"""Servers a host may ask about at once."""


class HostsEndpoint(Hosts):
    """See the contract."""

    def __init__(self, cloud: Cloud, runner: Runner) -> None:
        self._runner = runner
        self._database, self._conf, self._bus = cloud.database, cloud.conf, cloud.bus

    def report(self, context: RequestContext, *, host: str, report: HypervisorReport) -> None:
        """See Hosts."""

        def work(conn: Connection) -> None:
            host_report.write(conn, self._conf, host, report)

        try:
            self._database.transaction(work, safe=True)
        except IntegrityError:
            # A new host's first sign of life came beside its first report: the service's row is there now.
            self._database.transaction(work, safe=True)

    def plan(self, context: RequestContext, *, host: str) -> HostPlan:
        """See Hosts."""
        return self._database.read(lambda conn: plan_of(conn, self._conf, host))

    def gone(self, context: RequestContext, *, host: str, servers: list[str]) -> list[str]:
        """See Hosts."""
        elsewhere = or_(instances.c.deleted != 0, instances.c.host.is_distinct_from(host))
        query = select(instances.c.uuid).where(instances.c.uuid.in_(servers[:MOST_ASKED]), elsewhere)
        return self._database.read(lambda conn: list(conn.execute(query).scalars()))

    def power_states(self, context: RequestContext, *, host: str, states: list[GuestState]) -> None:
        """See Hosts."""
        differing, asked = self._database.read(lambda conn: (differing_from(conn, host, states), now(conn)))
        if differing:
            fresh = self._bus.client(Compute, host=host).power_states(context, servers=differing)
            holder = self._runner.holder
            self._runner.run(self._database.transaction(lambda conn: settle(conn, host, fresh, asked, holder)))


def plan_of(conn: Connection, conf: cfg.ConfigOpts, host: str) -> HostPlan:
    """Every live server of the host, as it should be there."""
    rows = conn.execute(select(instances).where(instances.c.host == host, live(instances))).all()
    busy = _busy(conn, [row.uuid for row in rows])
    made = [_without_secrets(guest) for guest in guests.of_rows(conn, conf, rows)]
    return HostPlan(
        host=host,
        guests=[
            PlannedGuest(
                guest=guest,
                busy=row.task_state is not None or row.uuid in busy,
                should_run=row.vm_state in RUNS,
            )
            for row, guest in zip(rows, made, strict=True)
        ],
    )


def _without_secrets(guest: Guest) -> Guest:
    """What only the making of disks needs is told to the host that makes them, then, and to nobody else."""
    return msgspec.structs.replace(guest, admin_password=None, files=[], user_data=None)


def differing_from(conn: Connection, host: str, states: list[GuestState]) -> list[str]:
    """The idle servers of which the record says something else. HostNotOwner when one is not on this host."""
    told = {state.uuid: state.power_state for state in states}
    rows = _rows(conn, host, told, lock=False)
    busy = _busy(conn, [row.uuid for row in rows])
    differing = [row for row in rows if _runs_stopped(row, told[row.uuid]) or _changes(row, told[row.uuid])]
    return [row.uuid for row in differing if _idle(row, busy)]


def settle(
    conn: Connection, host: str, states: list[GuestState], asked: datetime.datetime, holder: Holder
) -> list[str]:
    """Write what the hypervisor says of idle servers; one that went off by itself is stopped.

    A guest that runs though its server is stopped is ended: answers the tasks that `holder` has to run for it. `asked`
    is a moment before the host looked: whatever began since then is not in what it says. HostNotOwner when one of the
    servers is not on this host.
    """
    told = {state.uuid: state.power_state for state in states}
    rows = _rows(conn, host, told, lock=True)
    busy = _busy(conn, [row.uuid for row in rows], asked)
    begun = []
    for row in rows:
        if not _idle(row, busy):
            continue
        if _runs_stopped(row, told[row.uuid]):
            begun.append(begin.stop_again(conn, row, holder))
        elif values := _changes(row, told[row.uuid]):
            conn.execute(update(instances).where(instances.c.id == row.id).values(**values))
    return begun


def _rows(conn: Connection, host: str, servers: Collection[str], *, lock: bool) -> Sequence[Row[Any]]:
    query = select(instances).where(instances.c.uuid.in_(servers), live(instances)).order_by(instances.c.id)
    rows = conn.execute(query.with_for_update() if lock else query).all()
    for row in rows:
        if row.host != host:
            raise HostNotOwner(host=host, server=row.uuid)
    return rows


def _idle(row: Row[Any], busy: set[str]) -> bool:
    return row.task_state is None and row.uuid not in busy


def _runs_stopped(row: Row[Any], power: PowerState) -> bool:
    return row.vm_state == VmState.STOPPED and power is PowerState.RUNNING


def _changes(row: Row[Any], power: PowerState) -> dict[str, Any]:
    """What the record has to say otherwise."""
    values: dict[str, Any] = {}
    if row.power_state != power:
        values["power_state"] = int(power)
    if row.vm_state == VmState.ACTIVE and power in OFF:
        values["vm_state"] = VmState.STOPPED.value
    return values


def _busy(conn: Connection, uuids: list[str], since: datetime.datetime | None = None) -> set[str]:
    """Those of the servers that an operation works on, or has worked on that began at `since` or later."""
    if not uuids:
        return set()
    working = tasks.c.phase.in_(journal.UNFINISHED)
    works = working if since is None else or_(working, tasks.c.created_at >= since)
    return set(conn.execute(select(tasks.c.server_uuid).where(tasks.c.server_uuid.in_(uuids), works)).scalars())
