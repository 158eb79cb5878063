"""The one suite that every driver passes: what the promise in nova/virt/driver.py says, tried."""

from __future__ import annotations

import queue
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova.contracts.errors import BadRequest, ServerNotReady, StepFailed, Unavailable
from nova.contracts.guest import GuestState
from nova.contracts.image import Image
from nova.contracts.states import PowerState
from tests.driver_benches import Bench, FakeBench, LibvirtBench
from tests.guests import UUID, VIF, ref_of
from tests.private_host import PrivateHost

RECIPE = Path(__file__).parents[2] / "devstack/image/build.sh"


@pytest.fixture(scope="module", params=["fake", pytest.param("libvirt", marks=pytest.mark.lab)])
def surroundings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What a driver needs around it, made once for all tests."""
    if request.param == "fake":
        yield FakeBench
        return
    images = Path(request.config.cache.mkdir("guest-image"))
    subprocess.run([str(RECIPE), str(images)], check=True, timeout=300, capture_output=True)
    with PrivateHost(tmp_path_factory.mktemp("host")) as host:
        yield lambda folder: LibvirtBench(folder, host, images)


@pytest.fixture
def bench(surroundings: Any, tmp_path: Path) -> Iterator[Bench]:
    """A driver without guests; what a test leaves is removed."""
    made: Bench = surroundings(tmp_path)
    yield made
    made.driver.destroy(ref_of(made.guest()))
    made.driver.close()


def test_what_was_never_here_is_not_missed(bench: Bench) -> None:
    driver, ref = bench.driver, ref_of(bench.guest())
    assert driver.state(ref).power_state is PowerState.NOSTATE
    assert driver.power_off(ref, wait=5).power_state is PowerState.NOSTATE
    assert driver.reboot_softly(ref, wait=5) is False
    assert driver.console_log(ref) == b""
    driver.destroy(ref)
    driver.remove_disks(ref)
    driver.remove_tap(VIF.device)
    assert driver.guests() == [] and driver.taps() == {} and driver.disk_owners() == {}


def test_the_inventory_can_hold_a_guest(bench: Bench) -> None:
    report = bench.driver.inventory()
    assert report.hostname and report.version > 0 and report.vcpus >= 1
    assert report.memory_mb > report.memory_mb_used >= 0
    assert report.local_gb > report.local_gb_used >= 0
    assert any(mode == "hvm" for _, _, mode in report.supported)
    assert report.cpu_info["topology"]["cores"] >= 1


def test_disks_are_made_once_and_removed_with_their_folder(bench: Bench) -> None:
    driver, guest = bench.driver, bench.guest()
    driver.make_disks(guest, bench.fetch)
    driver.make_disks(guest, bench.fetch)
    assert set(driver.disk_owners()) == {UUID}
    driver.remove_disks(ref_of(guest))
    driver.remove_disks(ref_of(guest))
    assert driver.disk_owners() == {}


def test_an_image_that_does_not_come_leaves_room_for_another_try(bench: Bench) -> None:
    def fails(image: Image) -> Path:
        raise Unavailable(service="The image store", hint="")

    with pytest.raises(Unavailable):
        bench.driver.make_disks(bench.guest(), fails)
    with pytest.raises(StepFailed):
        bench.driver.start(bench.guest())
    assert bench.driver.guests() == []
    bench.driver.make_disks(bench.guest(), bench.fetch)
    assert bench.driver.start(bench.guest()).power_state is PowerState.RUNNING


def test_a_guest_starts_once_and_ends_once(bench: Bench) -> None:
    driver, guest = bench.driver, bench.guest()
    driver.make_disks(guest, bench.fetch)
    started = driver.start(guest)
    assert started == GuestState(uuid=UUID, power_state=PowerState.RUNNING, name=guest.name)
    assert driver.start(guest) == started
    assert driver.guests() == [started]
    assert driver.taps() == {VIF.device: UUID}
    driver.destroy(ref_of(guest))
    driver.destroy(ref_of(guest))
    assert driver.guests() == [] and driver.taps() == {}
    assert set(driver.disk_owners()) == {UUID}


def test_a_guest_that_is_off_stays_known_and_can_start_again(bench: Bench) -> None:
    driver, guest = bench.driver, bench.guest()
    driver.make_disks(guest, bench.fetch)
    driver.start(guest)
    assert driver.power_off(ref_of(guest), wait=0).power_state is PowerState.SHUTDOWN
    assert driver.power_off(ref_of(guest), wait=5).power_state is PowerState.SHUTDOWN
    assert driver.taps() == {}
    assert [one.uuid for one in driver.guests()] == [UUID]
    assert driver.reboot_softly(ref_of(guest), wait=5) is False
    assert driver.start(guest).power_state is PowerState.RUNNING
    assert driver.taps() == {VIF.device: UUID}


def test_the_screen_is_served_while_the_guest_runs(bench: Bench) -> None:
    driver, guest = bench.driver, bench.guest()
    with pytest.raises(ServerNotReady):
        driver.console_target(ref_of(guest), "vnc")
    driver.make_disks(guest, bench.fetch)
    driver.start(guest)
    target = driver.console_target(ref_of(guest), "vnc")
    assert (target.kind, target.host) == ("vnc", "127.0.0.1") and target.port >= 5900
    with pytest.raises(BadRequest, match="rdp-html5"):
        driver.console_target(ref_of(guest), "rdp-html5")


def test_the_watch_tells_of_a_guest_that_stops_by_itself(bench: Bench) -> None:
    driver, guest = bench.driver, bench.guest()
    told: queue.SimpleQueue[GuestState] = queue.SimpleQueue()
    driver.watch(told.put)
    driver.make_disks(guest, bench.fetch)
    driver.start(guest)
    bench.end_from_inside(guest)
    while (state := told.get(timeout=30)).power_state is not PowerState.SHUTDOWN:
        assert state.uuid == UUID
    assert state.uuid == UUID


def test_orphaned_taps_are_seen_and_removed(bench: Bench) -> None:
    bench.add_orphan_tap("tapdeadbeef-00")
    assert bench.driver.taps() == {"tapdeadbeef-00": None}
    bench.driver.remove_tap("tapdeadbeef-00")
    bench.driver.remove_tap("tapdeadbeef-00")
    assert bench.driver.taps() == {}


def test_a_booted_guest_reboots_and_shuts_down_when_asked(bench: Bench) -> None:
    driver, guest = bench.driver, bench.guest()
    driver.make_disks(guest, bench.fetch)
    driver.start(guest)
    bench.wait_for_console(ref_of(guest), b"login:")
    assert driver.reboot_softly(ref_of(guest), wait=60) is True
    assert driver.state(ref_of(guest)).power_state is PowerState.RUNNING
    log = bench.wait_for_console(ref_of(guest), b"login:", count=2)
    assert len(log) <= 100 * 1024
    assert driver.power_off(ref_of(guest), wait=60).power_state is PowerState.SHUTDOWN
