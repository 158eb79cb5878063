"""nova-compute's steps and convergence over libvirt, real packet filters and the project's test guest."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova.base import settings
from nova.clients.fake_glance import FakeGlance, document
from nova.compute import filters as packet_filters
from nova.compute.endpoint import reference
from nova.compute.power import PowerEvents
from nova.contracts.compute import HostPlan
from nova.contracts.guest import Guest
from nova.contracts.states import PowerState
from tests.driver_benches import COMMAND_LINE, LibvirtBench
from tests.guests import make_guest
from tests.private_host import PrivateHost
from tests.unit.compute.one_host import HOST, OneHost

pytestmark = pytest.mark.lab

RECIPE = Path(__file__).parents[2] / "devstack/image/build.sh"
FILES = {"ami": "root.ext4", "aki": "vmlinuz", "ari": "initrd.zst"}


class RealHost(OneHost):
    """As the host of the unit tests, with everything real but the clock and the conductor."""

    def __init__(self, folder: Path, host: PrivateHost, files: Path) -> None:
        self.bench = LibvirtBench(folder, host, files)
        conf = self.bench.conf
        settings.register(conf, [packet_filters.OPTIONS])
        conf.set_override("state_path", str(folder))
        kept = packet_filters.from_settings(conf, filters_packets=True)
        store = FakeGlance()
        super().__init__(folder, conf=conf, driver=self.bench.driver, filters=kept, store=store)
        images = {}
        for name, file in FILES.items():
            data = (files / file).read_bytes()
            more = {"os_command_line": COMMAND_LINE} if name == "ami" else {}
            images[name] = store.add(document(name, data, disk_format=name, container_format=name, **more), data)
        self.guest = make_guest(image=images["ami"], kernel=images["aki"], ramdisk=images["ari"])


@pytest.fixture
def real_host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RealHost]:
    """A host of its own, gone after the test."""
    files = Path(request.config.cache.mkdir("guest-image"))
    subprocess.run([str(RECIPE), str(files)], check=True, timeout=300, capture_output=True)
    private = tmp_path / "private"
    private.mkdir()
    with PrivateHost(private) as host:
        made = RealHost(tmp_path / "host", host, files)
        yield made
        made.driver.close()


def output(*argv: str) -> str:
    return subprocess.run(argv, check=True, timeout=60, capture_output=True, text=True).stdout


def rules_of(guest: Guest) -> list[str]:
    return [line for line in output("iptables-save").splitlines() if guest.uuid in line]


def test_a_host_converges_tells_and_is_cleaned(real_host: RealHost) -> None:
    guest = real_host.guest
    real_host.endpoint.make_disks(None, guest=guest)
    assert real_host.endpoint.start_guest(None, guest=guest).power_state is PowerState.RUNNING
    real_host.plan(guest)
    real_host.clock.now += 100
    assert rules_of(guest) and sorted(real_host.store.downloads) == ["aki", "ami", "ari"]

    convergence = real_host.convergence()
    before = (output("virsh", "-q", "list", "--all"), rules_of(guest))
    for _ in range(2):
        convergence.run()
        real_host.clock.now += 20
    assert (output("virsh", "-q", "list", "--all"), rules_of(guest)) == before
    assert real_host.conductor.told == []
    assert real_host.endpoint.leftovers(None, plan=HostPlan(host=HOST, guests=real_host.conductor.planned)) == []

    events = PowerEvents(HOST, real_host.driver, real_host.conductor, real_host.attention)
    events.start()
    events.note(guest.uuid)
    assert real_host.conductor.heard.wait(10)
    output("virsh", "-q", "destroy", guest.name)
    while real_host.conductor.told[-1] != {guest.uuid: PowerState.SHUTDOWN}:
        real_host.conductor.heard.clear()
        assert real_host.conductor.heard.wait(10)
    events.stop()

    found = real_host.endpoint.leftovers(None, plan=HostPlan(host=HOST, guests=[]))
    assert {"domain", "chain", "disk"} <= {one.kind for one in found} and {one.owner for one in found} == {guest.uuid}

    real_host.forget(guest)
    for _ in range(2):
        convergence.run()
        real_host.clock.now += 20
    assert output("virsh", "-q", "list", "--all").strip() == "" and rules_of(guest) == []
    assert guest.uuid not in output("ip", "link") and not any(real_host.things().values())


def test_a_libvirtd_that_is_away_is_waited_for(real_host: RealHost) -> None:
    guest = real_host.guest
    real_host.endpoint.make_disks(None, guest=guest)
    real_host.endpoint.start_guest(None, guest=guest)
    real_host.plan(guest)
    real_host.clock.now += 100
    convergence = real_host.convergence()
    real_host.bench.host.stop_libvirtd()
    convergence.tick()
    convergence.tick()
    real_host.bench.host.start_libvirtd()
    convergence.tick()
    assert real_host.conductor.told == []
    assert real_host.driver.state(reference(guest)).power_state is PowerState.RUNNING
    real_host.endpoint.destroy_guest(None, guest=reference(guest))
    real_host.endpoint.remove_disks(None, guest=reference(guest))
    assert not any(real_host.things().values())
