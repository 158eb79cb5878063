"""Switching guests off and round, told by libvirt's events when it has happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import libvirt

from nova.virt.libvirt import domains, faults
from nova.virt.libvirt.events import LOST, REBOOTED, STOPPED, Events

ASK_AGAIN_SECONDS = 10.0
"""A guest that is still booting misses the button; it is pressed again after this time."""


def shut_down(domain: Any, events: Events, wait: int) -> None:
    """Press the power button, wait so many seconds for the guest to obey, pull the plug when it does not."""
    if wait > 0 and domain.isActive() and domain.state()[0] != libvirt.VIR_DOMAIN_PAUSED:
        _press(domain, domain.shutdown, events, wait, (STOPPED,))
    domains.end(domain)


def reboot(domain: Any, events: Events, wait: int) -> bool:
    """Ask the guest to go down and come up again; whether it did within `wait` seconds."""
    if wait <= 0 or not domain.isActive() or domain.state()[0] == libvirt.VIR_DOMAIN_PAUSED:
        return False
    return _press(domain, domain.reboot, events, wait, (REBOOTED, STOPPED)) == REBOOTED


def _press(domain: Any, button: Callable[[], Any], events: Events, wait: int, kinds: tuple[str, ...]) -> str | None:
    """Press until one of the events comes. None when the time is up or nothing more can come."""
    deadline = time.monotonic() + wait
    with events.expect(domain.UUIDString()) as waiter:
        while (left := deadline - time.monotonic()) > 0:
            try:
                button()
            except libvirt.libvirtError as error:
                if not faults.is_wrong_state(error):
                    raise
                left = min(left, 1.0)
            kind = waiter.wait(kinds, min(left, ASK_AGAIN_SECONDS))
            if kind == LOST:
                # Raises when libvirtd is still away; the task asks again later.
                domain.isActive()
                return None
            if kind is not None or not domain.isActive():
                return kind
    return None
