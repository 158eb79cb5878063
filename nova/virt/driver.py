"""The one promise every hypervisor driver keeps; `tests/functional/test_drivers.py` holds each driver to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from nova.contracts.guest import ConsoleTarget, Guest, GuestRef, GuestState
from nova.contracts.hypervisor import HypervisorReport
from nova.contracts.image import Image

ImageFetcher = Callable[[Image], Path]
"""Answers the path of a verified, read-only local copy of an image; raises ImageUnusable, DiskFull, Unavailable."""


class Driver(ABC):
    """Makes guests exist on this host.

    Every method may be repeated: what is already so stays as it is, what is not there is not missed. Whatever a
    driver makes carries the server's uuid, so that orphans can be told. Methods are called from several threads,
    but never twice at once for the same server.
    """

    filters_packets: bool = True
    """Whether guests have taps on this host which packet filters must guard."""

    @abstractmethod
    def inventory(self) -> HypervisorReport:
        """What this host has to give. Unavailable when the hypervisor does not answer."""

    @abstractmethod
    def guests(self) -> list[GuestState]:
        """Every guest here that is ours, whether a server of the cloud still claims it or not."""

    @abstractmethod
    def state(self, guest: GuestRef) -> GuestState:
        """One guest; power state NOSTATE when it is not here."""

    @abstractmethod
    def make_disks(self, guest: Guest, fetch: ImageFetcher) -> None:
        """Write all disks and the config drive. Raises StepFailed and its kinds; leaves no half-written file."""

    @abstractmethod
    def remove_disks(self, guest: GuestRef) -> None:
        """Delete everything `make_disks` wrote for this server."""

    @abstractmethod
    def disk_owners(self) -> dict[str, str]:
        """Folders of servers on this host: {server uuid: path}."""

    @abstractmethod
    def start(self, guest: Guest) -> GuestState:
        """Plug the interfaces, define the guest and run it."""

    @abstractmethod
    def destroy(self, guest: GuestRef) -> None:
        """End the guest at once, forget its definition, unplug its interfaces; the disks stay."""

    @abstractmethod
    def power_off(self, guest: GuestRef, wait: int) -> GuestState:
        """Ask it to shut down and end it after `wait` seconds; with 0 end it at once. The definition stays."""

    @abstractmethod
    def reboot_softly(self, guest: GuestRef, wait: int | None = None) -> bool:
        """Ask the guest to restart; False when it did not within `wait` seconds (None: as the driver's options say)."""

    @abstractmethod
    def taps(self) -> dict[str, str | None]:
        """Taps of guests on this host: {device: server uuid, None where it cannot be told}."""

    @abstractmethod
    def remove_tap(self, device: str) -> None:
        """Delete an orphaned tap."""

    @abstractmethod
    def console_log(self, guest: GuestRef) -> bytes:
        """The end of the serial log, at most 100 KiB."""

    @abstractmethod
    def console_target(self, guest: GuestRef, kind: str) -> ConsoleTarget:
        """Where the running guest's `kind` (vnc, spice, serial) screen is served. BadRequest, ServerNotReady."""

    @abstractmethod
    def watch(self, changed: Callable[[GuestState], None]) -> None:
        """Call `changed` from a thread of the driver's own whenever a guest's power state changes by itself."""

    @abstractmethod
    def close(self) -> None:
        """Stop watching and let go of the hypervisor."""
