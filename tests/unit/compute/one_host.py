"""One host with the fake driver, remembered filters and a conductor that only holds a plan."""

import threading
from dataclasses import dataclass, field

from oslo_config import cfg

from nova.base import settings
from nova.clients import settings as client_settings
from nova.clients.fake_glance import FakeGlance, document
from nova.compute import filters as filter_settings
from nova.compute import settings as compute_settings
from nova.compute.attention import Attention
from nova.compute.convergence import Convergence, Manners
from nova.compute.endpoint import ComputeEndpoint
from nova.compute.image_cache import ImageCache
from nova.compute.leftovers import Leftovers
from nova.contracts.compute import HostPlan, Hosts, PlannedGuest
from nova.contracts.errors import HostNotOwner, Unavailable
from nova.contracts.flavor import Flavor
from nova.contracts.guest import Guest
from nova.contracts.network import NetworkRef, Vif
from nova.contracts.states import PowerState
from nova.virt import settings as virt_settings
from nova.virt.fake.driver import FakeDriver

HOST = "host1"
IMAGE = document("image-1", bytes(4096))


def uuid_of(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def make_guest(number=1, **changes):
    network = NetworkRef(id=uuid_of(900), label="net", bridge="br100")
    vif = Vif(id=uuid_of(500 + number), address="fa:16:3e:00:00:01", network=network, device=f"tap{number}")
    flavor = Flavor(flavorid="1", name="m1.tiny", memory_mb=128, vcpus=1, root_gb=1)
    values = {
        "uuid": uuid_of(number),
        "number": number,
        "name": f"instance-{number:08x}",
        "hostname": f"s{number}",
        "display_name": f"s{number}",
        "project_id": "p",
        "user_id": "u",
        "flavor": flavor,
        "image": FakeGlance().add(IMAGE, bytes(4096)),
        "vifs": [vif],
    }
    return Guest(**{**values, **changes})


class KeptFilters:
    """Filters that are only remembered; `steps` is what happened, in order."""

    def __init__(self):
        self.here, self.steps, self.error = {}, [], None

    def apply(self, filters):
        if self.error:
            raise self.error
        for one in filters:
            self.here[one.server] = f"inst-{one.number}"
            self.steps.append(("filter", one.server))

    def remove(self, server):
        self.here.pop(server, None)
        self.steps.append(("unfilter", server))

    def owners(self):
        return dict(self.here)


@dataclass
class Conductor(Hosts):
    """Keeps the plan and what it was told; `away` makes every call Unavailable, `strangers` are refused."""

    planned: list = field(default_factory=list)
    told: list = field(default_factory=list)
    reports: list = field(default_factory=list)
    plans: int = 0
    away: bool = False
    strangers: set = field(default_factory=set)
    never_known: set = field(default_factory=set)
    heard: threading.Event = field(default_factory=threading.Event)

    def report(self, context, *, host, report):
        self._check()
        self.reports.append((host, report))

    def plan(self, context, *, host):
        self._check()
        self.plans += 1
        return HostPlan(host=host, guests=list(self.planned))

    def gone(self, context, *, host, servers):
        self._check()
        here = {one.guest.uuid for one in self.planned}
        return [server for server in servers if server not in here | self.never_known]

    def power_states(self, context, *, host, states):
        self._check()
        for state in states:
            if state.uuid in self.strangers:
                raise HostNotOwner(host=host, server=state.uuid)
        self.told.append({state.uuid: state.power_state for state in states})
        # As the real one: the record follows the hypervisor.
        running = {state.uuid: state.power_state is PowerState.RUNNING for state in states}
        self.planned = [
            PlannedGuest(guest=one.guest, busy=one.busy, should_run=running.get(one.guest.uuid, one.should_run))
            for one in self.planned
        ]
        self.heard.set()

    def _check(self):
        if self.away:
            raise Unavailable(service="The conductor", hint="")


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self):
        return self.now


def settings_for(tmp_path, **options):
    conf = cfg.ConfigOpts()
    tables = [compute_settings.OPTIONS, filter_settings.OPTIONS, virt_settings.OPTIONS, client_settings.OPTIONS]
    settings.register(conf, [settings.OPTIONS, *tables])
    conf([])
    for name, value in {"host": HOST, "state_path": str(tmp_path), **options}.items():
        conf.set_override(name, value)
    return conf


class OneHost:
    """Everything of nova-compute but the bus, with a clock that the test moves."""

    def __init__(self, tmp_path, *, conf=None, driver=None, filters=None, store=None, builds_at_once=0):
        self.conf = conf or settings_for(tmp_path)
        self.driver = driver or FakeDriver(self.conf)
        self.filters = filters or KeptFilters()
        self.store = store or FakeGlance()
        self.store.add(IMAGE, bytes(4096))
        self.conductor = Conductor()
        self.clock = Clock()
        self.attention = Attention(self.clock)
        self.images = ImageCache(tmp_path / "instances" / "_base", self.store)
        self.half_written = []
        self.leftovers = Leftovers(HOST, self.driver, self.filters, lambda: self.half_written)
        self.alone, self.signed = True, 0
        self.endpoint = ComputeEndpoint(
            host=HOST,
            driver=self.driver,
            filters=self.filters,
            images=self.images,
            attention=self.attention,
            leftovers=self.leftovers,
            shutdown_timeout=60,
            builds_at_once=builds_at_once,
        )

    def sign(self):
        self.signed += 1
        return self.alone

    def convergence(self, **manners):
        return Convergence(
            host=HOST,
            driver=self.driver,
            filters=self.filters,
            hosts=self.conductor,
            attention=self.attention,
            alone=self.sign,
            manners=Manners(**{"interval": 600.0, **manners}),
        )

    def boot(self, number=1, *, planned=True, **plan):
        """A guest that runs, as after a boot a while ago."""
        guest = make_guest(number)
        self.endpoint.make_disks(None, guest=guest)
        self.endpoint.start_guest(None, guest=guest)
        if planned:
            self.plan(guest, **plan)
        self.clock.now += 100
        return guest

    def plan(self, guest, *, busy=False, should_run=True):
        self.conductor.planned = [one for one in self.conductor.planned if one.guest.uuid != guest.uuid]
        self.conductor.planned.append(PlannedGuest(guest=guest, busy=busy, should_run=should_run))

    def forget(self, guest):
        self.conductor.planned = [one for one in self.conductor.planned if one.guest.uuid != guest.uuid]

    def things(self):
        """What is on the host, by owner."""
        driver = self.driver
        domains = {state.uuid for state in driver.guests()}
        taps = {owner for owner in driver.taps().values() if owner}
        return {"domain": domains, "tap": taps, "chain": set(self.filters.owners()), "disk": set(driver.disk_owners())}
