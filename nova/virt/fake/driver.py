"""A hypervisor that only remembers: for tests, for a cloud on a laptop, and for measuring everything around it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from oslo_config import cfg

from nova.contracts.errors import BadRequest, ServerNotReady, StepFailed
from nova.contracts.guest import ConsoleTarget, Guest, GuestRef, GuestState
from nova.contracts.hypervisor import HypervisorReport
from nova.contracts.states import PowerState
from nova.virt.disk_plan import planned_disks
from nova.virt.driver import Driver, ImageFetcher
from nova.virt.fake.control import Control
from nova.virt.fake.store import NOBODY, FakeGuest, Owned, Store

T = TypeVar("T")

CONSOLE_PORT = 5999
VERSION = 1_000_000


class FakeDriver(Driver):
    """The promise kept in memory. `control` makes it fail; nothing outside of the process is touched."""

    filters_packets = False

    def __init__(self, conf: cfg.ConfigOpts, control: Control | None = None) -> None:
        self._conf = conf
        self.control = control or Control()
        self._store = Store(Path(conf.fake.state_file) if conf.fake.state_file else None)
        self._watchers: list[Callable[[GuestState], None]] = []

    def inventory(self) -> HypervisorReport:
        """A host as large as [fake] says, named as the daemon's host."""
        conf = self._conf
        return self._acting(
            "inventory",
            "",
            lambda: HypervisorReport(
                hostname=conf.host,
                type="fake",
                version=VERSION,
                host_ip=conf.my_ip,
                vcpus=conf.fake.vcpus,
                memory_mb=conf.fake.memory_mb,
                local_gb=conf.fake.local_gb,
                disk_available_least=conf.fake.local_gb,
                cpu_info={
                    "vendor": "fake",
                    "model": "fake",
                    "arch": "x86_64",
                    "features": [],
                    "topology": {"sockets": 1, "cores": conf.fake.vcpus, "threads": 1},
                },
                supported=[("x86_64", "fake", "hvm"), ("i686", "fake", "hvm")],
                cpu_allocation_ratio=conf.cpu_allocation_ratio or 16.0,
                ram_allocation_ratio=conf.ram_allocation_ratio or 1.5,
                disk_allocation_ratio=conf.disk_allocation_ratio or 1.0,
                reserved_memory_mb=conf.reserved_host_memory_mb,
                reserved_disk_gb=-(-conf.reserved_host_disk_mb // 1024),
            ),
        )

    def guests(self) -> list[GuestState]:
        """All that were started and not destroyed."""
        return self._acting(
            "guests",
            "",
            lambda: [state for state in self._store.each(_state) if state.power_state is not PowerState.NOSTATE],
        )

    def state(self, guest: GuestRef) -> GuestState:
        """One guest's remembered state."""
        return self._acting("state", guest.uuid, lambda: self._look(guest.uuid))

    def make_disks(self, guest: Guest, fetch: ImageFetcher) -> None:
        """Fetch the images and remember which files there would be."""

        def act() -> None:
            names = [disk.file for disk in planned_disks(guest, self._conf.config_drive_format)]
            images = {"kernel": guest.kernel, "ramdisk": guest.ramdisk, "disk": guest.image}
            for image in images.values():
                if image is not None:
                    fetch(image)
            files = names + [name for name, image in images.items() if image is not None and name not in names]
            self._change(guest.uuid, lambda owned: setattr(owned, "disks", files))

        self._acting("make_disks", guest.uuid, act)

    def remove_disks(self, guest: GuestRef) -> None:
        """Forget them."""
        self._acting(
            "remove_disks", guest.uuid, lambda: self._change(guest.uuid, lambda owned: setattr(owned, "disks", None))
        )

    def disk_owners(self) -> dict[str, str]:
        """Where the folders would be."""

        def act() -> dict[str, str]:
            owners = self._store.each(lambda uuid, owned: uuid if owned.disks is not None else None)
            return {uuid: f"fake:{uuid}" for uuid in sorted(filter(None, owners))}

        return self._acting("disk_owners", "", act)

    def start(self, guest: Guest) -> GuestState:
        """Run it, if its disks were made."""
        return self._acting("start", guest.uuid, lambda: self._change(guest.uuid, lambda owned: _start(owned, guest)))

    def destroy(self, guest: GuestRef) -> None:
        """Forget the guest and its taps."""

        def act(owned: Owned) -> None:
            owned.guest, owned.taps = None, []

        self._acting("destroy", guest.uuid, lambda: self._change(guest.uuid, act))

    def power_off(self, guest: GuestRef, wait: int) -> GuestState:
        """Guests here obey at once, whatever `wait` is."""
        return self._acting("power_off", guest.uuid, lambda: self._change(guest.uuid, _stop))

    def reboot_softly(self, guest: GuestRef, wait: int | None = None) -> bool:
        """A running guest restarts at once; with a `wait` of 0 there is no time for it."""

        def act(owned: Owned) -> bool:
            found = owned.guest
            if found is None or found.power is not PowerState.RUNNING or wait == 0:
                return False
            found.started += 1
            return True

        return self._acting("reboot_softly", guest.uuid, lambda: self._store.change(guest.uuid, act))

    def taps(self) -> dict[str, str | None]:
        """The taps that running guests would have, and orphans that were added."""

        def act() -> dict[str, str | None]:
            owned = self._store.each(lambda uuid, owned: dict.fromkeys(owned.taps, uuid or None))
            return dict(sorted(pair for taps in owned for pair in taps.items()))

        return self._acting("taps", "", act)

    def remove_tap(self, device: str) -> None:
        """Forget a tap."""

        def act() -> None:
            owners = self._store.each(lambda uuid, owned: uuid if device in owned.taps else None)
            for owner in owners:
                if owner is not None:
                    self._store.change(owner, lambda owned: owned.taps.remove(device))

        self._acting("remove_tap", "", act)

    def console_log(self, guest: GuestRef) -> bytes:
        """A line for each start; nothing for a guest that was never here."""

        def act(owned: Owned) -> bytes:
            found = owned.guest
            return b"" if found is None else f"fake guest {found.name} ready\nlogin: \n".encode() * found.started

        return self._acting("console_log", guest.uuid, lambda: self._store.look(guest.uuid, act))

    def console_target(self, guest: GuestRef, kind: str) -> ConsoleTarget:
        """A place where nothing listens."""
        if kind != "vnc":
            raise BadRequest(reason=f"Invalid console type {kind}")
        if self.state(guest).power_state is not PowerState.RUNNING:
            raise ServerNotReady(server=guest.uuid)
        return ConsoleTarget(kind=kind, host="127.0.0.1", port=CONSOLE_PORT)

    def watch(self, changed: Callable[[GuestState], None]) -> None:
        """Tell `changed` what `change_by_itself` brings about."""
        self._watchers.append(changed)

    def change_by_itself(self, uuid: str, power: PowerState) -> None:
        """Let a guest change its state as if its user had done it from inside, and tell the watchers."""

        def act(owned: Owned) -> None:
            if owned.guest is not None:
                owned.guest.power = power
            if power is PowerState.SHUTDOWN:
                owned.taps = []

        self._store.change(uuid, act)
        state = self._look(uuid)
        for changed in list(self._watchers):
            changed(state)

    def add_orphan_tap(self, device: str, mark: str = NOBODY) -> None:
        """Put a tap on the host that no guest has, with the mark of a server's uuid or of nobody."""
        self._store.change(mark, lambda owned: owned.taps.append(device))

    def close(self) -> None:
        """Stop telling."""
        self._watchers.clear()

    def _look(self, uuid: str) -> GuestState:
        return self._store.look(uuid, lambda owned: _state(uuid, owned))

    def _change(self, uuid: str, act: Callable[[Owned], None]) -> GuestState:
        def change(owned: Owned) -> GuestState:
            act(owned)
            return _state(uuid, owned)

        return self._store.change(uuid, change)

    def _acting(self, method: str, uuid: str, act: Callable[[], T]) -> T:
        fault = self.control.entered(method, uuid)
        answer = act()
        self.control.left(fault)
        return answer


def _state(uuid: str, owned: Owned) -> GuestState:
    if owned.guest is None:
        return GuestState(uuid=uuid, power_state=PowerState.NOSTATE)
    return GuestState(uuid=uuid, power_state=owned.guest.power, name=owned.guest.name)


def _start(owned: Owned, guest: Guest) -> None:
    if owned.disks is None:
        raise StepFailed(reason="The server's root disk is not on this host.")
    found = owned.guest or FakeGuest(guest.name, PowerState.SHUTDOWN)
    if found.power in (PowerState.SHUTDOWN, PowerState.CRASHED):
        found.power = PowerState.RUNNING
        found.started += 1
        owned.taps = [vif.device for vif in guest.vifs]
    owned.guest = found


def _stop(owned: Owned) -> None:
    if owned.guest is not None:
        owned.guest.power = PowerState.SHUTDOWN
        owned.taps = []
