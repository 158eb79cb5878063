"""Switching off and rebooting by events, with a domain that does as it is told."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

import libvirt
import pytest

from nova.contracts.errors import Unavailable
from nova.contracts.guest import GuestRef
from nova.virt.libvirt import power
from nova.virt.libvirt.driver import LibvirtDriver
from nova.virt.libvirt.events import Events
from tests.guests import UUID, make_conf

GONE = (libvirt.VIR_DOMAIN_EVENT_STOPPED, 0)


class TinyConnection:
    """Keeps the callbacks, as libvirt does."""

    def __init__(self, events: Events) -> None:
        self.callbacks: dict[int, Callable[..., None]] = {}
        events.attach(self)

    def domainEventRegisterAny(self, domain: Any, kind: int, callback: Callable[..., None], opaque: Any) -> None:  # noqa: N802
        self.callbacks[kind] = callback


class TinyDomain:
    """A running guest; `obeys` says what it does when a button is pressed."""

    def __init__(self, events: Events, obeys: str = "") -> None:
        self.connection = TinyConnection(events)
        self.events = events
        self.obeys = obeys
        self.active = True
        self.pressed: list[str] = []
        self.paused = False

    def UUIDString(self) -> str:  # noqa: N802
        return UUID

    def isActive(self) -> bool:  # noqa: N802
        if self.obeys == "libvirtd dies":
            raise Unavailable(service="x", hint="")
        return self.active

    def state(self) -> list[int]:
        return [libvirt.VIR_DOMAIN_PAUSED if self.paused else libvirt.VIR_DOMAIN_RUNNING, 0]

    def shutdown(self) -> None:
        self.press("shutdown")

    def reboot(self) -> None:
        self.press("reboot")

    def destroy(self) -> None:
        self.pressed.append("destroy")
        self.active = False

    def press(self, button: str) -> None:
        self.pressed.append(button)
        if self.obeys == "stops":
            self.active = False
            callback = self.connection.callbacks[libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE]
            threading.Timer(0.01, callback, (None, self, *GONE, None)).start()
        elif self.obeys == "reboots":
            callback = self.connection.callbacks[libvirt.VIR_DOMAIN_EVENT_ID_REBOOT]
            threading.Timer(0.01, callback, (None, self, None)).start()
        elif self.obeys == "breaks":
            self.obeys = "libvirtd dies"
            self.events.interrupt()


def test_a_guest_that_obeys_is_not_ended() -> None:
    events = Events()
    domain = TinyDomain(events, "stops")
    power.shut_down(domain, events, wait=60)
    assert domain.pressed == ["shutdown"]


def test_a_deaf_guest_is_ended_when_its_time_is_up() -> None:
    events = Events()
    domain = TinyDomain(events)
    power.shut_down(domain, events, wait=1)
    assert domain.pressed == ["shutdown", "destroy"]


def test_no_time_and_no_ears_mean_an_end_at_once() -> None:
    events = Events()
    hasty, paused = TinyDomain(events), TinyDomain(events)
    paused.paused = True
    power.shut_down(hasty, events, wait=0)
    power.shut_down(paused, events, wait=60)
    assert hasty.pressed == paused.pressed == ["destroy"]


@pytest.mark.parametrize(("does", "rebooted"), [("reboots", True), ("stops", False)])
def test_a_reboot_is_believed_when_it_is_told(does: str, rebooted: bool) -> None:
    events = Events()
    domain = TinyDomain(events, does)
    assert power.reboot(domain, events, wait=60) is rebooted
    assert domain.pressed == ["reboot"]


def test_who_waits_is_woken_when_libvirtd_goes() -> None:
    events = Events()
    domain = TinyDomain(events, "breaks")
    with pytest.raises(Unavailable):
        power.shut_down(domain, events, wait=60)


def test_one_guests_trouble_does_not_end_the_watch() -> None:
    events = Events()
    seen: queue.SimpleQueue[str] = queue.SimpleQueue()

    def look(uuid: str) -> None:
        seen.put(uuid)
        raise RuntimeError("trouble")

    events.watch(look, lambda: None)
    domain = TinyDomain(events)
    for _ in range(2):
        domain.connection.callbacks[libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE](None, domain, *GONE, None)
        assert seen.get(timeout=10) == UUID
    events.stop()


def test_a_soft_reboot_has_the_patience_of_its_own_option() -> None:
    class OneGuest(LibvirtDriver):
        def _find(self, uuid: str) -> Any:
            return domain

    for seconds, pressed in ((0, []), (60, ["reboot"])):
        driver = OneGuest(make_conf(libvirt__wait_soft_reboot_seconds=seconds))
        domain = TinyDomain(driver._events, "reboots")
        assert driver.reboot_softly(GuestRef(uuid=UUID)) is bool(pressed)
        assert domain.pressed == pressed
