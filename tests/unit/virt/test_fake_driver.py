"""What the fake driver can do beside the promise: go wrong when told, and outlive its process."""

from __future__ import annotations

from pathlib import Path

import pytest

from nova.contracts.errors import DiskFull, Unavailable
from nova.contracts.image import Image
from nova.contracts.states import PowerState
from nova.virt.fake.driver import FakeDriver
from nova.virt.fake.store import LINES_SPARED
from tests.guests import UUID, VIF, make_conf, make_guest, make_image, ref_of


def fetch(image: Image) -> Path:
    return Path(image.id)


def test_a_fault_before_acting_changes_nothing_and_one_after_acting_does() -> None:
    driver, guest = FakeDriver(make_conf()), make_guest()
    driver.control.fail("make_disks", DiskFull(reason="full"))
    with pytest.raises(DiskFull):
        driver.make_disks(guest, fetch)
    assert driver.disk_owners() == {}
    driver.control.fail("make_disks", Unavailable(service="x", hint=""), after=True)
    with pytest.raises(Unavailable):
        driver.make_disks(guest, fetch)
    assert set(driver.disk_owners()) == {UUID}
    driver.make_disks(guest, fetch)


def test_faults_hit_as_often_as_asked_and_in_order() -> None:
    driver, ref = FakeDriver(make_conf()), ref_of(make_guest())
    driver.control.fail("destroy", ValueError("first"), times=2)
    driver.control.fail("destroy", ValueError("second"))
    for expected in ("first", "first", "second"):
        with pytest.raises(ValueError, match=expected):
            driver.destroy(ref)
    driver.destroy(ref)
    driver.control.fail("destroy", ValueError("never"))
    driver.control.heal()
    driver.destroy(ref)
    assert list(driver.control.calls) == [("destroy", UUID)] * 5


def test_a_slow_call_still_answers() -> None:
    driver = FakeDriver(make_conf())
    driver.control.slow("state", 0.01)
    assert driver.state(ref_of(make_guest())).power_state is PowerState.NOSTATE


def test_guests_outlive_the_process_when_a_file_keeps_them(tmp_path: Path) -> None:
    conf = make_conf(fake__state_file=str(tmp_path / "state.json"))
    first, guest = FakeDriver(conf), make_guest()
    first.make_disks(guest, fetch)
    first.start(guest)
    second = FakeDriver(conf)
    assert [(one.uuid, one.power_state) for one in second.guests()] == [(UUID, PowerState.RUNNING)]
    assert second.taps() == {VIF.device: UUID} and set(second.disk_owners()) == {UUID}
    assert FakeDriver(make_conf()).guests() == []


def test_a_change_costs_as_little_beside_many_guests_as_beside_none(tmp_path: Path) -> None:
    path = tmp_path / "state"
    driver = FakeDriver(make_conf(fake__state_file=str(path)))
    written = []
    for number in range(300):
        guest = make_guest(uuid=f"11111111-2222-4333-8444-{number:012}", vifs=[])
        before = path.stat().st_size if path.exists() else 0
        driver.make_disks(guest, fetch)
        written.append(path.stat().st_size - before)
    assert max(written) == min(written)


def test_a_file_does_not_grow_for_ever_and_may_end_in_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "state"
    conf = make_conf(fake__state_file=str(path))
    driver, guest = FakeDriver(conf), make_guest()
    for _ in range(2 * LINES_SPARED):
        driver.make_disks(guest, fetch)
        driver.remove_disks(ref_of(guest))
    assert path.read_bytes().count(b"\n") <= LINES_SPARED + 2
    driver.make_disks(guest, fetch)
    whole = path.read_bytes()
    path.write_bytes(whole + b'["' + UUID.encode())
    again = FakeDriver(conf)
    assert set(again.disk_owners()) == {UUID}
    again.make_disks(make_guest(uuid=UUID.replace("1", "6")), fetch)
    assert len(FakeDriver(conf).disk_owners()) == 2


def test_all_images_of_a_guest_are_fetched() -> None:
    fetched: list[str] = []

    def note(image: Image) -> Path:
        fetched.append(image.id)
        return Path(image.id)

    FakeDriver(make_conf()).make_disks(make_guest(kernel=make_image("k"), ramdisk=make_image("r")), note)
    assert sorted(fetched) == ["disk", "k", "r"]


def test_the_host_is_as_large_as_its_options_say() -> None:
    report = FakeDriver(make_conf(fake__vcpus=7, host="n1", cpu_allocation_ratio=2.0)).inventory()
    assert (report.hostname, report.vcpus, report.cpu_allocation_ratio) == ("n1", 7, 2.0)
