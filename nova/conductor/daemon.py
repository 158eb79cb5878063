"""nova-conductor: every endpoint over one database, and the tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oslo_config import cfg

from nova.base.contract import Contract
from nova.base.daemon import Stoppable
from nova.base.periodic import Periodic
from nova.bus.bus import Bus
from nova.conductor import addresses, purge
from nova.conductor.aggregates import AggregateEndpoint
from nova.conductor.console_tokens import ConsoleTokenEndpoint
from nova.conductor.db.engine import Database
from nova.conductor.fixed_ips import FixedIpEndpoint
from nova.conductor.flavors import FlavorEndpoint
from nova.conductor.guest_passwords import GuestPasswordEndpoint
from nova.conductor.host_table import HostTableEndpoint
from nova.conductor.hosts import HostsEndpoint
from nova.conductor.hypervisors import HypervisorEndpoint
from nova.conductor.instance_actions import InstanceActionEndpoint
from nova.conductor.keypairs import KeyPairEndpoint
from nova.conductor.metadata import MetadataEndpoint
from nova.conductor.network_plans import NetworkPlanEndpoint
from nova.conductor.networks import NetworkEndpoint
from nova.conductor.quota_endpoint import QuotaEndpoint
from nova.conductor.security_groups import SecurityGroupEndpoint
from nova.conductor.servers.endpoint import ServerEndpoint
from nova.conductor.services import ServiceEndpoint
from nova.conductor.tasks.plan import Cloud, Plan
from nova.conductor.tasks.plans import PLANS
from nova.conductor.tasks.runner import Runner
from nova.conductor.upkeep import UpkeepEndpoint
from nova.contracts.errors import Unavailable

STALE_SECONDS = 60.0
"""How often addresses that nobody gave back are looked for."""
PURGE_SECONDS = 3600.0
"""How often rows deleted long ago are looked for."""


class Conductor:
    """The parts of one conductor, in the order a daemon needs them: first `endpoints`, then `started`."""

    def __init__(self, conf: cfg.ConfigOpts, plans: Mapping[str, Plan] = PLANS) -> None:
        self._conf, self._plans = conf, plans
        self.database = Database(conf)

    def endpoints(self, bus: Bus) -> Sequence[Contract]:
        """What the conductor offers."""
        conf, database = self._conf, self.database
        cloud = Cloud(conf, database, bus)
        self.runner = Runner(cloud, self._plans, host=conf.host, workers=conf.conductor.tasks)
        return [
            ServerEndpoint(database, conf, self.runner),
            FlavorEndpoint(database),
            KeyPairEndpoint(database, conf),
            QuotaEndpoint(database, conf),
            SecurityGroupEndpoint(cloud),
            NetworkEndpoint(cloud),
            NetworkPlanEndpoint(cloud),
            FixedIpEndpoint(database),
            ServiceEndpoint(database, conf),
            HypervisorEndpoint(database, conf),
            AggregateEndpoint(database),
            HostsEndpoint(cloud, self.runner),
            HostTableEndpoint(database, conf),
            InstanceActionEndpoint(database),
            ConsoleTokenEndpoint(cloud),
            MetadataEndpoint(database, conf),
            GuestPasswordEndpoint(database),
            UpkeepEndpoint(cloud),
        ]

    def started(self, bus: Bus) -> Sequence[Stoppable]:
        """Begin to run tasks, first those that others left."""
        stale = Periodic("stale addresses", STALE_SECONDS, self._free_stale, expected=(Unavailable,))
        overdue = Periodic("deleted rows", PURGE_SECONDS, self._purge, expected=(Unavailable,))
        self.runner.start()
        stale.start()
        overdue.start()
        return [overdue, stale, self.runner, self]

    def stop(self) -> None:
        """Close the database."""
        self.database.close()

    def _purge(self) -> None:
        purge.overdue(self.database, self._conf)

    def _free_stale(self) -> None:
        timeout = self._conf.fixed_ip_disassociate_timeout
        self.database.transaction(lambda conn: addresses.stale(conn, timeout), safe=True)
