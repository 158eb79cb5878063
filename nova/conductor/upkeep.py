"""Audits: what has no owner, in the database and on the hosts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection, select

from nova.base.context import RequestContext
from nova.conductor import audits, hosts, liveness, network_plans
from nova.conductor.db.tables import live, services
from nova.conductor.tasks.plan import Cloud
from nova.contracts.audit import Finding
from nova.contracts.compute import Compute
from nova.contracts.errors import Forbidden, NovaError
from nova.contracts.network_agent import NetworkAgent
from nova.contracts.upkeep import Upkeep

AT_ONCE = 16
"""Hosts asked side by side."""


class UpkeepEndpoint(Upkeep):
    """See the contract."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def audit(self, context: RequestContext, *, hosts: list[str]) -> list[Finding]:
        """See Upkeep."""
        if not context.is_admin:
            raise Forbidden(reason="Audits are for administrators.")
        database = self._cloud.database
        daemons = database.read(lambda conn: _daemons(conn, self._cloud, hosts))
        findings = database.read(audits.database)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as asking:
            for found in asking.map(lambda daemon: self._ask(context, *daemon), daemons):
                findings.extend(found)
        return findings

    def _ask(self, context: RequestContext, binary: str, host: str, alive: bool) -> list[Finding]:
        if not alive:
            return [Finding(kind="daemon", where=host, what=binary, hint="It is down: what is on its host is unknown.")]
        cloud = self._cloud
        try:
            if binary == liveness.COMPUTE:
                planned = cloud.database.read(lambda conn: hosts.plan_of(conn, cloud.conf, host))
                return cloud.bus.client(Compute, host=host).leftovers(context, plan=planned)
            serving = cloud.database.read(lambda conn: network_plans.plan_of(conn, cloud.conf, host))
            return cloud.bus.client(NetworkAgent, host=host).leftovers(context, plan=serving)
        except NovaError as error:
            return [Finding(kind="daemon", where=host, what=binary, hint=f"It could not be asked: {error}")]


def _daemons(conn: Connection, cloud: Cloud, hosts: list[str]) -> list[tuple[str, str, bool]]:
    query = select(services).where(services.c.binary.in_((liveness.COMPUTE, "nova-network")), live(services))
    if hosts:
        query = query.where(services.c.host.in_(hosts))
    since = liveness.deadline(conn, cloud.conf)
    return [(row.binary, row.host, liveness.alive(row, since)) for row in conn.execute(query)]
