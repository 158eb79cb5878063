"""Once makes the host agree with the plan; twice changes nothing; what is busy stays."""

import msgspec
import pytest

from nova.compute.endpoint import reference
from nova.contracts.errors import StepFailed, Unavailable
from nova.contracts.states import PowerState
from tests.unit.compute.one_host import OneHost, make_guest, uuid_of

CHANGING = {"start", "destroy", "power_off", "remove_disks", "remove_tap"}


def changes(one_host):
    """What the driver was asked to change since the last time."""
    calls = [name for name, _ in one_host.driver.control.calls if name in CHANGING]
    one_host.driver.control.calls.clear()
    return calls


def run_twice(one_host, convergence, apart=20):
    convergence.run()
    one_host.clock.now += apart
    convergence.run()


def test_a_host_that_agrees_is_left_as_it_is(one_host):
    one_host.boot(1)
    stopped = one_host.boot(2, should_run=False)
    one_host.driver.power_off(reference(stopped), 0)
    changes(one_host)
    run_twice(one_host, one_host.convergence(resume=True))
    assert changes(one_host) == [] and one_host.conductor.told == []


def test_power_states_that_differ_are_told_once(one_host):
    off, on = one_host.boot(1), one_host.boot(2, should_run=False)
    one_host.driver.power_off(reference(off), 0)
    changes(one_host)
    run_twice(one_host, one_host.convergence())
    assert one_host.conductor.told == [{off.uuid: PowerState.SHUTDOWN, on.uuid: PowerState.RUNNING}]
    assert changes(one_host) == []


def test_a_guest_that_vanished_is_told(one_host):
    guest = one_host.boot()
    one_host.driver.destroy(reference(guest))
    one_host.convergence().run()
    assert one_host.conductor.told == [{guest.uuid: PowerState.NOSTATE}]


def test_busy_servers_are_left_alone(one_host):
    off = one_host.boot(1, busy=True)
    one_host.driver.destroy(reference(off))
    changes(one_host)
    run_twice(one_host, one_host.convergence(resume=True))
    assert one_host.conductor.told == [] and changes(one_host) == []


def test_a_server_that_a_step_works_on_is_left_alone(one_host):
    guest = one_host.boot()
    one_host.driver.power_off(reference(guest), 0)
    with one_host.attention.hold(guest.uuid):
        one_host.convergence().run()
    assert one_host.conductor.told == []


def test_guests_are_resumed_at_start_only(one_host):
    guest, broken = one_host.boot(1), one_host.boot(2)
    for one in (guest, broken):
        one_host.driver.power_off(reference(one), 0)
    one_host.driver.remove_disks(reference(broken))
    changes(one_host)
    convergence = one_host.convergence(resume=True)
    convergence.run()
    assert changes(one_host) == ["start", "start"]
    assert one_host.driver.state(reference(guest)).power_state is PowerState.RUNNING
    assert one_host.conductor.told == [{broken.uuid: PowerState.SHUTDOWN}]
    one_host.driver.power_off(reference(guest), 0)
    changes(one_host)
    one_host.clock.now += 1000
    convergence.run()
    assert changes(one_host) == [] and one_host.conductor.told[-1] == {guest.uuid: PowerState.SHUTDOWN}


def test_filters_are_set_for_what_is_here(one_host):
    one_host.boot(1)
    one_host.plan(make_guest(2), should_run=False)
    one_host.filters.here = {}
    one_host.convergence().run()
    assert set(one_host.filters.here) == {uuid_of(1)}


def test_broken_filters_do_not_keep_power_states_from_being_told(one_host):
    guest = one_host.boot()
    one_host.driver.power_off(reference(guest), 0)
    one_host.filters.error = RuntimeError("no iptables")
    one_host.convergence().run()
    assert one_host.conductor.told == [{guest.uuid: PowerState.SHUTDOWN}]


def test_orphans_go_when_two_plans_agree(one_host):
    kept, gone = one_host.boot(1), one_host.boot(2)
    one_host.forget(gone)
    convergence = one_host.convergence()
    convergence.run()
    assert one_host.things()["domain"] == {kept.uuid, gone.uuid}
    one_host.clock.now += 20
    convergence.run()
    assert one_host.things() == {kind: {kept.uuid} for kind in ("domain", "tap", "chain", "disk")}
    changes(one_host)
    one_host.clock.now += 20
    convergence.run()
    assert changes(one_host) == []


def test_what_the_cloud_never_knew_stays(one_host, caplog):
    """As after a conductor was given another database."""
    guest = one_host.boot(planned=False)
    one_host.conductor.never_known = {guest.uuid}
    convergence = one_host.convergence()
    for _ in range(5):
        convergence.tick()
        one_host.clock.now += 15
    assert one_host.things()["disk"] == {guest.uuid} and one_host.conductor.plans == 2
    assert caplog.text.count("stays") == 1
    one_host.conductor.never_known = set()
    one_host.clock.now += 600
    for _ in range(2):
        convergence.tick()
        one_host.clock.now += 15
    assert not any(one_host.things().values())


def test_two_plans_at_once_are_not_two(one_host):
    gone = one_host.boot(planned=False)
    run_twice(one_host, one_host.convergence(), apart=1)
    assert one_host.things()["domain"] == {gone.uuid}


def test_patience_is_an_option(one_host):
    gone = one_host.boot(planned=False)
    convergence = one_host.convergence(patience=300)
    run_twice(one_host, convergence)
    assert one_host.things()["domain"] == {gone.uuid}
    one_host.clock.now += 300
    convergence.run()
    assert one_host.things()["domain"] == set()


@pytest.mark.parametrize("left", ["tap", "chain", "disk"])
def test_each_kind_of_leftover_goes_alone(one_host, left):
    guest = one_host.boot(planned=False)
    world = one_host.things()
    if left != "disk":
        one_host.driver.remove_disks(reference(guest))
    if left != "chain":
        one_host.filters.remove(guest.uuid)
    one_host.driver.destroy(reference(guest))
    if left == "tap":
        one_host.driver.add_orphan_tap("tap1", guest.uuid)
    assert [kind for kind, owners in one_host.things().items() if owners] == [left] and world[left]
    run_twice(one_host, one_host.convergence())
    assert not any(one_host.things().values())


def test_what_carries_no_mark_stays(one_host):
    one_host.driver.add_orphan_tap("tap-unknown")
    run_twice(one_host, one_host.convergence())
    assert "tap-unknown" in one_host.driver.taps()


def test_an_orphan_that_is_touched_between_the_plans_stays(one_host):
    guest = one_host.boot(planned=False)
    convergence = one_host.convergence()
    convergence.run()
    one_host.clock.now += 10
    one_host.endpoint.power_off(None, guest=reference(guest), wait=0)
    one_host.clock.now += 10
    convergence.run()
    assert one_host.things()["disk"] == {guest.uuid}
    one_host.clock.now += 20
    convergence.run()
    assert one_host.things()["disk"] == set()


def test_disks_stay_where_other_hosts_use_the_folder(one_host):
    guest = one_host.boot(planned=False)
    one_host.alone = False
    run_twice(one_host, one_host.convergence())
    assert one_host.things() == {"domain": set(), "tap": set(), "chain": set(), "disk": {guest.uuid}}


def test_a_host_that_takes_nothing_away_is_known_to_its_neighbours(one_host):
    one_host.convergence(orphans="noop").tick()
    assert one_host.signed


@pytest.mark.parametrize(("action", "called"), [("noop", []), ("log", []), ("shutdown", ["power_off"])])
def test_orphans_may_be_spared(one_host, action, called):
    one_host.boot(planned=False)
    changes(one_host)
    convergence = one_host.convergence(orphans=action)
    for _ in range(3):
        convergence.run()
        one_host.clock.now += 20
    assert changes(one_host) == called and one_host.things()["disk"]


def test_an_orphan_that_resists_is_tried_again(one_host):
    one_host.boot(planned=False)
    one_host.driver.control.fail("destroy", StepFailed(reason="no"))
    convergence = one_host.convergence()
    for _ in range(4):
        convergence.run()
        one_host.clock.now += 20
    assert not any(one_host.things().values())


def test_the_clock_decides_when_it_runs(one_host):
    one_host.boot()
    convergence = one_host.convergence(interval=600)
    for _ in range(5):
        convergence.tick()
        one_host.clock.now += 15
    assert one_host.conductor.plans == 1
    one_host.clock.now += 600
    convergence.tick()
    assert one_host.conductor.plans == 2


def test_work_and_outages_bring_the_next_run_soon(one_host):
    guest = one_host.boot()
    convergence = one_host.convergence(interval=600)
    convergence.tick()
    one_host.clock.now += 1
    one_host.attention.note(guest.uuid)
    for _ in range(8):
        one_host.clock.now += 15
        convergence.tick()
    assert one_host.conductor.plans == 2
    convergence.again()
    convergence.tick()
    assert one_host.conductor.plans == 3


def test_a_suspicion_brings_the_next_run_soon(one_host):
    one_host.boot(planned=False)
    convergence = one_host.convergence(interval=600)
    for _ in range(3):
        convergence.tick()
        one_host.clock.now += 15
    assert one_host.conductor.plans == 2 and not any(one_host.things().values())


def test_a_guest_made_by_a_message_of_long_ago_goes_soon(one_host):
    guest = one_host.boot(planned=False)
    one_host.attention.note(guest.uuid)
    convergence = one_host.convergence(interval=600)
    convergence.tick()
    for _ in range(3):
        one_host.clock.now += 15
        convergence.tick()
    assert not any(one_host.things().values())


def test_a_guest_that_comes_while_others_are_reaped_stays(one_host):
    gone, back = one_host.boot(1, planned=False), one_host.boot(2, planned=False)
    convergence = one_host.convergence()
    convergence.run()
    one_host.clock.now += 20
    destroy = one_host.driver.destroy

    def slow(ref):
        destroy(ref)
        if ref.uuid == gone.uuid:
            one_host.clock.now += 1
            one_host.endpoint.start_guest(None, guest=back)

    one_host.driver.destroy = slow
    convergence.run()
    assert one_host.things()["domain"] == {back.uuid}


def test_a_hypervisor_that_is_away_is_said_once_and_asked_again(one_host, caplog):
    guest = one_host.boot()
    one_host.driver.control.fail("guests", Unavailable(service="libvirt", hint=""), times=3)
    convergence = one_host.convergence()
    for _ in range(3):
        convergence.tick()
    assert caplog.text.count("libvirt does not answer") == 1
    one_host.driver.power_off(reference(guest), 0)
    convergence.tick()
    assert one_host.conductor.told == [{guest.uuid: PowerState.SHUTDOWN}]


def test_a_conductor_that_is_away_is_asked_again(one_host):
    one_host.boot()
    one_host.conductor.away = True
    convergence = one_host.convergence()
    convergence.tick()
    one_host.conductor.away = False
    convergence.tick()
    assert one_host.conductor.plans == 1


def test_what_a_late_message_makes_after_a_restart_goes(one_host, tmp_path):
    """The host knew that the server was removed; nova-compute that is started anew does not."""
    guest = make_guest(told_at=5.0)
    removed = msgspec.structs.replace(reference(guest), told_at=9.0)
    one_host.endpoint.destroy_guest(None, guest=removed, with_disks=True)
    restarted = OneHost(tmp_path, driver=one_host.driver, filters=one_host.filters, store=one_host.store)
    convergence = restarted.convergence(interval=600)
    convergence.tick()
    restarted.endpoint.make_disks(None, guest=guest)
    restarted.endpoint.start_guest(None, guest=guest)
    assert all(restarted.things().values())
    for _ in range(6):
        restarted.clock.now += 15
        convergence.tick()
    assert not any(restarted.things().values())
