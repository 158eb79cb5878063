"""A whole cloud in one process: every RPC daemon on the memory bus, SQLite, the fake driver, networks only logged."""

from __future__ import annotations

import datetime
import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from oslo_config import cfg
from sqlalchemy import func, select

from nova.base import settings as base_settings
from nova.base.context import RequestContext, admin_context
from nova.bus import settings as bus_settings
from nova.bus.bus import Bus
from nova.bus.daemon import RpcDaemon
from nova.clients import settings as client_settings
from nova.clients.fake_glance import BUILT_IN, FakeGlance
from nova.compute import filters
from nova.compute import settings as compute_settings
from nova.compute.service import Caretaker
from nova.conductor import audits
from nova.conductor import settings as conductor_settings
from nova.conductor.daemon import Conductor
from nova.conductor.db.tables import allocations, fixed_ips, instances, live, tasks, virtual_interfaces
from nova.conductor.tasks import journal
from nova.conductor.tasks.plan import Plan
from nova.conductor.tasks.plans import PLANS
from nova.contracts.cloud_network import CloudNetworks, NewNetworks
from nova.contracts.errors import NovaError, ServerNotFound
from nova.contracts.flavor import Flavor, Flavors
from nova.contracts.scheduling import HostTable
from nova.contracts.server import CreatedServers, Server, ServerRequest, Servers
from nova.contracts.service import Services
from nova.network import settings as network_settings
from nova.network.assembly import Assembly as NetworkAssembly
from nova.scheduler import settings as scheduler_settings
from nova.scheduler.assembly import Assembly as SchedulerAssembly
from nova.virt import settings as virt_settings
from nova.virt.fake.driver import FakeDriver

OPTIONS = [
    base_settings.OPTIONS,
    bus_settings.OPTIONS,
    client_settings.OPTIONS,
    compute_settings.OPTIONS,
    conductor_settings.OPTIONS,
    filters.OPTIONS,
    network_settings.OPTIONS,
    scheduler_settings.OPTIONS,
    virt_settings.OPTIONS,
]
PATIENCE = 20.0
LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_numbers = itertools.count()


class Host:
    """One compute host of the cloud."""

    def __init__(self, conf: cfg.ConfigOpts, images: FakeGlance) -> None:
        self.driver = FakeDriver(conf)
        guarded = filters.from_settings(conf, filters_packets=False)
        caretaker = Caretaker(conf, self.driver, guarded, images)
        self.daemon = RpcDaemon(conf, "nova-compute", "compute", conf.host, caretaker.endpoints, caretaker.started)


class Cloud:
    """`plans` may hold sabotaged steps; `look_every`: seconds between the scheduler's looks at hosts."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        *,
        hosts: tuple[str, ...] = ("one",),
        plans: Mapping[str, Plan] = PLANS,
        network: str | None = "10.1.0.0/24",
        look_every: float = 0.2,
    ) -> None:
        self._look_every = look_every
        self._folder, self._url, self._plans = folder, database_url, plans
        self._bus_url = f"fake://cloud-{next(_numbers)}"
        self.images = FakeGlance.at("fake://")
        self.image = self.images.get(self.admin, BUILT_IN)
        self.conductors: list[tuple[Conductor, RpcDaemon]] = []
        self.conduct()
        self.bus = Bus(self._conf("client"))
        self._rest: list[RpcDaemon] = []
        if network:
            assembly = NetworkAssembly(self._conf("net"))
            conf = self._conf("net")
            self._rest.append(RpcDaemon(conf, "nova-network", "network", "net", assembly.endpoints, assembly.started))
            self._wait(lambda: bool(self.client(Services).find(self.admin, binary="nova-network")))
            self.client(CloudNetworks).create(
                self.admin, wish=NewNetworks(label="private", manager="flatdhcp", cidr=network, bridge="br100")
            )
        self.hosts = {name: Host(self._conf(name), self.images) for name in hosts}
        self._wait(lambda: len(self.client(HostTable).changes(self.admin, since=0).hosts) == len(hosts))
        scheduler = SchedulerAssembly(self._conf("scheduler"))
        self._rest.append(
            RpcDaemon(
                self._conf("scheduler"),
                "nova-scheduler",
                "scheduler",
                "scheduler",
                scheduler.endpoints,
                scheduler.started,
            )
        )
        self.flavor = self.client(Flavors).create(
            self.admin,
            flavor=Flavor(flavorid="1", name="m1.tiny", memory_mb=64, vcpus=1, root_gb=1),
        )

    admin = admin_context()
    user = RequestContext(user_id="ursula", project_id="project", roles=["member"], overwrite=False)

    def __enter__(self) -> Cloud:
        return self

    def __exit__(self, *_: object) -> None:
        for host in self.hosts.values():
            host.daemon.stop()
        for daemon in self._rest:
            daemon.stop()
        for _, daemon in self.conductors:
            daemon.stop()
        self.bus.close()

    def client(self, contract: type[Any], host: str | None = None) -> Any:
        """A client of any daemon."""
        return self.bus.client(contract, host)

    def conduct(self, plans: Mapping[str, Plan] | None = None) -> Conductor:
        """Start a conductor."""
        conf = self._conf(f"conductor{len(self.conductors)}")
        conductor = Conductor(conf, plans or self._plans)
        daemon = RpcDaemon(conf, "nova-conductor", "conductor", conf.host, conductor.endpoints, conductor.started)
        self.conductors.append((conductor, daemon))
        return conductor

    def kill_conductor(self) -> None:
        """The first conductor is gone from one moment to the next; its leases are over."""
        conductor, daemon = self.conductors.pop(0)
        daemon._presence.stop()
        daemon._server.stop()
        conductor.runner._ending.set()
        conductor.runner._periodic.stop()
        database = self.conductors[0][0].database if self.conductors else conductor.database
        database.transaction(
            lambda conn: conn.execute(
                tasks.update().where(tasks.c.phase.in_(journal.ACTIVE)).values(lease_until=LONG_AGO)
            )
        )

    def boot(self, context: RequestContext | None = None, **wishes: Any) -> str:
        """Ask for one server; answers its uuid at once."""
        return self.create(context, **wishes).servers[0]

    def create(self, context: RequestContext | None = None, **wishes: Any) -> CreatedServers:
        """Ask for servers."""
        request = ServerRequest(**{"name": "one", "flavorid": "1", "image": self.image, **wishes})
        return self.client(Servers).create(context or self.request(), request=request)

    def request(self) -> RequestContext:
        """The user with a request id of its own."""
        return RequestContext(user_id="ursula", project_id="project", roles=["member"], overwrite=False)

    def act(self, server: str, action: str, **arguments: Any) -> None:
        """Begin an action as the user."""
        self.client(Servers).begin(self.request(), server=server, action=action, arguments=arguments)

    def show(self, server: str) -> Server | None:
        """The server as its user sees it; None when it is gone."""
        try:
            return self.client(Servers).get(self.user, server=server)
        except ServerNotFound:
            return None

    def settled(self, server: str) -> Server | None:
        """Wait until nothing is being done to it."""

        def idle() -> bool:
            shown = self.show(server)
            return shown is None or (shown.task_state is None and shown.vm_state != "building")

        self._wait(idle)
        return self.show(server)

    def guests(self) -> set[str]:
        """Servers that have a guest on some host."""
        return {state.uuid for host in self.hosts.values() for state in host.driver.guests()}

    def disks(self) -> set[str]:
        """Servers that have disks on some host."""
        return {uuid for host in self.hosts.values() for uuid in host.driver.disk_owners()}

    def leftovers(self) -> dict[str, Any]:
        """All that exists without a live server, or beside one that has failed: empty when the slate is clean."""
        database = self.conductors[0][0].database

        def look(conn: Any) -> dict[str, Any]:
            healthy = set(
                conn.execute(select(instances.c.uuid).where(live(instances), instances.c.vm_state != "error")).scalars()
            )
            owned = {
                "claims": allocations.c.consumer_id,
                "addresses": fixed_ips.c.instance_uuid,
                "interfaces": virtual_interfaces.c.instance_uuid,
            }
            found: dict[str, Any] = {
                name: set(conn.execute(select(column).where(column.is_not(None))).scalars()) - healthy
                for name, column in owned.items()
            }
            allocated = select(fixed_ips.c.instance_uuid).where(fixed_ips.c.allocated.is_(True))
            found["addresses"] = set(conn.execute(allocated).scalars()) - healthy
            unfinished = select(func.count()).where(tasks.c.phase.in_(journal.UNFINISHED))
            found["tasks"] = conn.execute(unfinished).scalar_one()
            found["audit"] = audits.database(conn)
            return found | {"guests": self.guests() - healthy, "disks": self.disks() - healthy}

        return {name: things for name, things in database.read(look).items() if things}

    def _conf(self, host: str) -> cfg.ConfigOpts:
        file = self._folder / f"{host}.conf"
        file.write_text(
            f"""[DEFAULT]
transport_url = {self._bus_url}
host = {host}
state_path = {self._folder / host}
compute_driver = fake.FakeDriver
fake_network = true
network_manager = nova.network.manager.FlatDHCPManager
report_interval = 1
[database]
connection = {self._url}
sqlite_synchronous = false
[scheduler]
interval = {self._look_every}
"""
        )
        conf = cfg.ConfigOpts()
        base_settings.register(conf, OPTIONS)
        conf(["--config-file", str(file)], project="nova")
        return conf

    @staticmethod
    def _wait(ready: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                if ready():
                    return
            except NovaError:
                pass
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.02)
