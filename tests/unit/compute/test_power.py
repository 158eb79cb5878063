"""A guest that powers itself off is told of at once."""

import time

import pytest

from nova.compute.endpoint import reference
from nova.compute.power import PowerEvents
from nova.contracts.errors import Unavailable
from nova.contracts.states import PowerState


@pytest.fixture
def events(one_host):
    return PowerEvents("host1", one_host.driver, one_host.conductor, one_host.attention)


def test_a_change_is_told_without_waiting_for_convergence(one_host, events):
    guest = one_host.boot()
    events._watch()
    events.start()
    one_host.driver.change_by_itself(guest.uuid, PowerState.SHUTDOWN)
    assert one_host.conductor.heard.wait(10)
    events.stop()
    assert one_host.conductor.told[0] == {guest.uuid: PowerState.SHUTDOWN}


def test_an_old_event_does_not_hide_what_is_true_now(one_host, events):
    guest = one_host.boot()
    one_host.driver.power_off(reference(guest), 0)
    one_host.driver.start(guest)
    events.tell({guest.uuid})
    assert one_host.conductor.told == [{guest.uuid: PowerState.RUNNING}]


def test_who_works_on_a_server_tells_of_it(one_host, events):
    guest = one_host.boot()
    with one_host.attention.hold(guest.uuid):
        events.tell({guest.uuid})
    assert one_host.conductor.told == []


def test_a_guest_that_is_gone_is_not_told(one_host, events):
    guest = one_host.boot()
    one_host.driver.destroy(reference(guest))
    events.tell({guest.uuid})
    assert one_host.conductor.told == []


def test_a_stranger_does_not_keep_others_from_being_told(one_host, events):
    guest, stranger = one_host.boot(1), one_host.boot(2, planned=False)
    one_host.conductor.strangers = {stranger.uuid}
    events.tell({guest.uuid, stranger.uuid})
    assert one_host.conductor.told == [{guest.uuid: PowerState.RUNNING}]


def test_a_hypervisor_that_is_away_at_first_is_watched_later(one_host):
    guest = one_host.boot()
    watch, tries = one_host.driver.watch, []

    def moody(changed):
        tries.append(changed)
        if len(tries) < 3:
            raise Unavailable(service="libvirt", hint="")
        watch(changed)
        one_host.driver.change_by_itself(guest.uuid, PowerState.SHUTDOWN)

    one_host.driver.watch = moody
    events = PowerEvents("host1", one_host.driver, one_host.conductor, one_host.attention, pause=0.01)
    events.start()
    assert one_host.conductor.heard.wait(10)
    events.stop()
    assert len(tries) == 3


def test_a_conductor_that_is_away_does_not_end_it(one_host, events):
    guest = one_host.boot()
    one_host.conductor.away = True
    events.start()
    events.note(guest.uuid)
    while not events._changed.empty():
        time.sleep(0.01)
    one_host.conductor.away = False
    events.note(guest.uuid)
    assert one_host.conductor.heard.wait(10)
    events.stop()
