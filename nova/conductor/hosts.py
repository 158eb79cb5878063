"""What compute hosts ask and tell: only about themselves."""

from __future__ import annotations

from typing import Any

import msgspec
from oslo_config import cfg
from sqlalchemy import Connection, Row, or_, select, update
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor import guests, host_report
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import instances, live, tasks
from nova.conductor.tasks import journal
from nova.contracts.compute import HostPlan, Hosts, PlannedGuest
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

    def __init__(self, database: Database, conf: cfg.ConfigOpts) -> None:
        self._database, self._conf = database, conf

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
        self._database.transaction(lambda conn: settle(conn, host, states), safe=True)


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


def settle(conn: Connection, host: str, states: list[GuestState]) -> None:
    """Write what the hypervisor says of idle servers; one that went off by itself is stopped.

    HostNotOwner when one of the servers is not on this host.
    """
    told = {state.uuid: state.power_state for state in states}
    query = select(instances).where(instances.c.uuid.in_(told), live(instances)).order_by(instances.c.id)
    rows = conn.execute(query.with_for_update()).all()
    for row in rows:
        if row.host != host:
            raise HostNotOwner(host=host, server=row.uuid)
    busy = _busy(conn, [row.uuid for row in rows])
    for row in rows:
        if row.task_state is None and row.uuid not in busy:
            _write(conn, row, told[row.uuid])


def _write(conn: Connection, row: Row[Any], power: PowerState) -> None:
    values: dict[str, Any] = {}
    if row.power_state != power:
        values["power_state"] = int(power)
    if row.vm_state == VmState.ACTIVE and power in OFF:
        values["vm_state"] = VmState.STOPPED.value
    if values:
        conn.execute(update(instances).where(instances.c.id == row.id).values(**values))


def _busy(conn: Connection, uuids: list[str]) -> set[str]:
    """Those of the servers that an operation works on."""
    if not uuids:
        return set()
    query = select(tasks.c.server_uuid).where(tasks.c.server_uuid.in_(uuids), tasks.c.phase.in_(journal.UNFINISHED))
    return set(conn.execute(query).scalars())
