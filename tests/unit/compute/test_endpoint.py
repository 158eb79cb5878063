"""The steps of tasks: in order, repeatable, with reasons an owner understands."""

import queue
import threading

import msgspec
import pytest

from nova.compute.endpoint import reference
from nova.contracts.errors import DiskFull, ImageUnusable, StepFailed, Unavailable
from nova.contracts.guest import GuestRef
from nova.contracts.network import Filters
from nova.contracts.states import PowerState
from tests.unit.compute.one_host import OneHost, make_guest, uuid_of

NOTHING = {"domain": set(), "tap": set(), "chain": set(), "disk": set()}


def test_a_boot_and_a_delete_leave_nothing(one_host):
    guest = one_host.boot()
    assert one_host.things() == {kind: {guest.uuid} for kind in NOTHING}
    one_host.endpoint.destroy_guest(None, guest=reference(guest))
    assert one_host.things() == NOTHING | {"disk": {guest.uuid}}
    one_host.endpoint.remove_disks(None, guest=reference(guest))
    assert one_host.things() == NOTHING


def test_only_so_many_servers_have_their_disks_written_at_once(tmp_path):
    host = OneHost(tmp_path, builds_at_once=2)
    begun, go = queue.SimpleQueue(), threading.Event()

    def slow(guest, fetch):
        begun.put(guest.uuid)
        go.wait(10)

    host.driver.make_disks = slow
    builds = [
        threading.Thread(target=host.endpoint.make_disks, args=(None,), kwargs={"guest": make_guest(number)})
        for number in (1, 2, 3)
    ]
    for build in builds:
        build.start()
    first = {begun.get(timeout=10), begun.get(timeout=10)}
    with pytest.raises(queue.Empty):
        begun.get(timeout=0.1)
    go.set()
    assert len(first | {begun.get(timeout=10)}) == 3
    for build in builds:
        build.join()


def test_every_step_may_be_repeated(one_host):
    guest = make_guest()
    endpoint = one_host.endpoint
    for _ in range(2):
        endpoint.make_disks(None, guest=guest)
    for _ in range(2):
        assert endpoint.start_guest(None, guest=guest).power_state is PowerState.RUNNING
    for _ in range(2):
        assert endpoint.power_off(None, guest=reference(guest), wait=5).power_state is PowerState.SHUTDOWN
    for _ in range(2):
        assert endpoint.power_on(None, guest=guest).power_state is PowerState.RUNNING
    for _ in range(2):
        endpoint.destroy_guest(None, guest=reference(guest))
        endpoint.remove_disks(None, guest=reference(guest))
    assert one_host.things() == NOTHING and one_host.store.downloads == ["image-1"]


def test_filters_stand_before_the_guest_and_fall_after_it(one_host):
    guest = make_guest()
    one_host.endpoint.make_disks(None, guest=guest)
    one_host.filters.error = RuntimeError("iptables is broken")
    with pytest.raises(StepFailed, match="Host host1 could not start the server"):
        one_host.endpoint.start_guest(None, guest=guest)
    assert one_host.driver.guests() == []
    one_host.filters.error = None
    one_host.endpoint.start_guest(None, guest=guest)
    one_host.driver.control.fail("destroy", RuntimeError("it does not die"))
    with pytest.raises(StepFailed):
        one_host.endpoint.destroy_guest(None, guest=reference(guest))
    assert guest.uuid in one_host.filters.here


def test_details_stay_in_the_log(one_host, caplog):
    one_host.driver.control.fail("start", RuntimeError("secret path /x"))
    guest = make_guest()
    one_host.endpoint.make_disks(None, guest=guest)
    with pytest.raises(StepFailed) as caught:
        one_host.endpoint.start_guest(None, guest=guest)
    assert "secret" not in str(caught.value) and "secret path" in caplog.text


@pytest.mark.parametrize("error", [DiskFull(reason="full"), Unavailable(service="libvirt", hint="")])
def test_errors_with_words_for_the_owner_pass(one_host, error):
    one_host.driver.control.fail("make_disks", error)
    with pytest.raises(type(error), match=str(error)):
        one_host.endpoint.make_disks(None, guest=make_guest())


def test_an_image_that_is_gone_fails_the_step(one_host):
    one_host.store.delete(None, "image-1")
    with pytest.raises(ImageUnusable, match="image-1"):
        one_host.endpoint.make_disks(None, guest=make_guest())
    assert one_host.things() == NOTHING


def test_a_reboot_that_is_not_obeyed_becomes_hard(one_host):
    guest = one_host.boot()
    calls = one_host.driver.control.calls
    calls.clear()
    assert one_host.endpoint.reboot(None, guest=guest, hard=False).power_state is PowerState.RUNNING
    assert [name for name, _ in calls] == ["reboot_softly", "state"]
    one_host.driver.power_off(reference(guest), 0)
    calls.clear()
    assert one_host.endpoint.reboot(None, guest=guest, hard=False).power_state is PowerState.RUNNING
    assert [name for name, _ in calls] == ["reboot_softly", "destroy", "start"]
    calls.clear()
    assert one_host.endpoint.reboot(None, guest=guest, hard=True).power_state is PowerState.RUNNING
    assert [name for name, _ in calls] == ["destroy", "start"]


def test_a_stop_waits_as_the_option_says_unless_told(one_host):
    waits = []
    one_host.driver.power_off = lambda guest, wait: waits.append(wait)
    for wait in (None, 0, 7):
        one_host.endpoint.power_off(None, guest=GuestRef(uuid=uuid_of(1)), wait=wait)
    assert waits == [60, 0, 7]


def test_the_console_is_the_end_of_the_log(one_host):
    guest = one_host.boot()
    read = one_host.endpoint.console_output
    ref = reference(guest)
    whole = "fake guest instance-00000001 ready\nlogin: \n"
    assert read(None, guest=ref, lines=None) == read(None, guest=ref, lines=-1) == whole
    assert read(None, guest=ref, lines=1) == "login: \n" and read(None, guest=ref, lines=0) == ""
    assert read(None, guest=GuestRef(uuid=uuid_of(99)), lines=5) == ""


def test_the_console_is_bounded_and_always_text(one_host):
    one_host.driver.console_log = lambda guest: b"\xff" * 200_000
    text = one_host.endpoint.console_output(None, guest=GuestRef(uuid=uuid_of(1)), lines=None)
    assert len(text) == 100 * 1024 and set(text) == {"\N{REPLACEMENT CHARACTER}"}


def test_filters_are_brought_up_to_date_only_where_there_are_any(one_host):
    guest = one_host.boot()
    here = Filters(server=guest.uuid, number=1, vifs=[], rules=[])
    left = Filters(server=uuid_of(2), number=2, vifs=[], rules=[])
    one_host.filters.steps.clear()
    one_host.endpoint.apply_filters(None, filters=[here, left])
    assert one_host.filters.steps == [("filter", guest.uuid)]
    assert not one_host.attention.untouched_since(guest.uuid, one_host.clock.now)


def test_a_server_removed_while_its_image_comes_gets_no_disks(one_host):
    guest = make_guest()
    asked, go = threading.Event(), threading.Event()
    download = one_host.store.download

    def slow(image_id):
        asked.set()
        go.wait(10)
        return download(image_id)

    one_host.store.download = slow
    errors = []

    def make():
        try:
            one_host.endpoint.make_disks(None, guest=guest)
        except StepFailed as error:
            errors.append(str(error))

    thread = threading.Thread(target=make)
    thread.start()
    asked.wait(10)
    one_host.endpoint.destroy_guest(None, guest=reference(guest))
    one_host.endpoint.remove_disks(None, guest=reference(guest))
    go.set()
    thread.join()
    assert errors == ["The server was removed from the host while its image was fetched."]
    assert one_host.things() == NOTHING
    one_host.clock.now += 1
    one_host.endpoint.make_disks(None, guest=guest)
    assert one_host.things()["disk"] == {guest.uuid}


@pytest.mark.parametrize("step", ["make_disks", "start_guest", "power_on", "reboot"])
def test_a_message_that_its_removal_overtook_makes_nothing(one_host, step):
    guest = msgspec.structs.replace(make_guest(), told_at=100.0)
    removal = msgspec.structs.replace(reference(guest), told_at=101.0)
    one_host.endpoint.destroy_guest(None, guest=removal)
    one_host.endpoint.remove_disks(None, guest=removal)
    arguments = {"hard": True} if step == "reboot" else {}
    with pytest.raises(StepFailed):
        getattr(one_host.endpoint, step)(None, guest=guest, **arguments)
    assert one_host.things() == NOTHING
    one_host.clock.now += 1
    again = msgspec.structs.replace(guest, told_at=102.0)
    one_host.endpoint.make_disks(None, guest=again)
    one_host.endpoint.start_guest(None, guest=again)
    assert one_host.things()["domain"] == {guest.uuid}


def test_steps_of_one_server_wait_for_each_other(one_host):
    guest = one_host.boot()
    inside, go, order = threading.Event(), threading.Event(), []
    power_off = one_host.driver.power_off

    def slow(ref, wait):
        inside.set()
        go.wait(10)
        order.append("off")
        return power_off(ref, wait)

    one_host.driver.power_off = slow
    stop = threading.Thread(target=one_host.endpoint.power_off, args=(None,), kwargs={"guest": guest, "wait": 0})
    start = threading.Thread(target=lambda: order.append(one_host.endpoint.power_on(None, guest=guest)))
    stop.start()
    inside.wait(10)
    start.start()
    assert order == []
    go.set()
    stop.join()
    start.join()
    assert order[0] == "off" and order[1].power_state is PowerState.RUNNING


def test_power_states_are_those_of_this_moment(one_host):
    guest = one_host.boot()
    states = one_host.endpoint.power_states(None, servers=[guest.uuid, uuid_of(77)])
    assert [state.power_state for state in states] == [PowerState.RUNNING, PowerState.NOSTATE]


def test_uptime_looks_like_the_command(one_host):
    words = one_host.endpoint.uptime(None)
    assert " up " in words and "load average: " in words
