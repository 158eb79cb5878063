"""The whole nova-compute over the bus in memory, with the fake driver and a fake image store."""

import time

import pytest
from oslo_config import cfg

from nova.base import settings
from nova.base.context import admin_context
from nova.bus.bus import Bus
from nova.bus.daemon import RpcDaemon
from nova.clients.fake_glance import BUILT_IN
from nova.clients.glance import open_images
from nova.cmd.compute import OPTIONS, PROGRAM
from nova.compute import filters
from nova.compute.service import Caretaker
from nova.contracts.compute import Compute
from nova.contracts.errors import ImageUnusable
from nova.contracts.guest import GuestRef
from nova.contracts.states import PowerState
from nova.virt import load
from tests.functional.over_bus import Silence
from tests.unit.compute.one_host import HOST, Conductor, make_guest

CONTEXT = admin_context()
FILE = """
[DEFAULT]
host = {host}
state_path = {folder}
transport_url = fake://{folder.name}
compute_driver = fake.FakeDriver
[glance]
api_servers = fake://
"""


class KnownServices(Silence):
    """Remembers the signs of life it heard."""

    def __init__(self):
        self.heard = []

    def beat(self, context, *, binary, host, topic):
        self.heard.append((binary, host, topic))

    def stopped(self, context, *, binary, host):
        self.heard.append((binary, host, "stopped"))


class Cloud:
    """A conductor that only listens, and one nova-compute."""

    def __init__(self, folder):
        (folder / "nova.conf").write_text(FILE.format(host=HOST, folder=folder))
        self.conf = cfg.ConfigOpts()
        settings.register(self.conf, [settings.OPTIONS, *OPTIONS])
        self.conf([], default_config_files=[str(folder / "nova.conf")])
        self.bus = Bus(self.conf)
        self.conductor, self.services = Conductor(), KnownServices()
        self._server = self.bus.serve("conductor", "controller", [self.conductor, self.services])
        self._server.start()
        self.driver = load.load(self.conf)
        kept = filters.from_settings(self.conf, filters_packets=self.driver.filters_packets)
        caretaker = Caretaker(self.conf, self.driver, kept, open_images(self.conf))
        self.daemon = RpcDaemon(self.conf, PROGRAM, Compute.topic, HOST, caretaker.endpoints, caretaker.started)
        self.compute = self.bus.client(Compute, host=HOST)

    def stop(self):
        self.daemon.stop()
        self._server.stop()


@pytest.fixture
def cloud(tmp_path):
    cloud = Cloud(tmp_path)
    yield cloud
    cloud.stop()


def until(true, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def test_it_tells_of_itself_and_says_goodbye(tmp_path):
    cloud = Cloud(tmp_path)
    until(lambda: cloud.conductor.reports and cloud.conductor.plans and cloud.services.heard)
    assert cloud.conductor.reports[0][1].type == "fake"
    assert cloud.services.heard[0] == ("nova-compute", HOST, "compute")
    cloud.stop()
    assert cloud.services.heard[-1] == ("nova-compute", HOST, "stopped")


def test_a_guests_life(cloud):
    image = open_images(cloud.conf).get(CONTEXT, BUILT_IN)
    guest = make_guest(image=image)
    ref = GuestRef(uuid=guest.uuid, name=guest.name)
    cloud.compute.make_disks(CONTEXT, guest=guest)
    assert cloud.compute.start_guest(CONTEXT, guest=guest).power_state is PowerState.RUNNING
    assert "login:" in cloud.compute.console_output(CONTEXT, guest=ref, lines=5)
    assert cloud.compute.console_target(CONTEXT, guest=ref, kind="vnc").port
    cloud.conductor.planned = []
    cloud.driver.change_by_itself(guest.uuid, PowerState.SHUTDOWN)
    until(lambda: {guest.uuid: PowerState.SHUTDOWN} in cloud.conductor.told)
    cloud.compute.destroy_guest(CONTEXT, guest=ref)
    cloud.compute.remove_disks(CONTEXT, guest=ref)
    assert cloud.driver.guests() == [] and cloud.driver.disk_owners() == {}
    assert "load average" in cloud.compute.uptime(CONTEXT)


def test_errors_arrive_with_their_class_and_words(cloud):
    guest = make_guest()
    with pytest.raises(ImageUnusable, match="image-1 is not there"):
        cloud.compute.make_disks(CONTEXT, guest=guest)
