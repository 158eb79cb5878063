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
from nova.virt.fake.store import FakeGuest, Store, World

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
            "guests", "", lambda: self._store.read(lambda world: [_state(world, uuid) for uuid in world.guests])
        )

    def state(self, guest: GuestRef) -> GuestState:
        """One guest's remembered state."""
        return self._acting("state", guest.uuid, lambda: self._store.read(lambda world: _state(world, guest.uuid)))

    def make_disks(self, guest: Guest, fetch: ImageFetcher) -> None:
        """Fetch the images and remember which files there would be."""

        def act() -> None:
            names = [disk.file for disk in planned_disks(guest, self._conf.config_drive_format)]
            images = {"kernel": guest.kernel, "ramdisk": guest.ramdisk, "disk": guest.image}
            for image in images.values():
                if image is not None:
                    fetch(image)
            files = names + [name for name, image in images.items() if image is not None and name not in names]
            self._store.change(lambda world: world.disks.update({guest.uuid: files}))

        self._acting("make_disks", guest.uuid, act)

    def remove_disks(self, guest: GuestRef) -> None:
        """Forget them."""
        self._acting(
            "remove_disks", guest.uuid, lambda: self._store.change(lambda world: world.disks.pop(guest.uuid, None))
        )

    def disk_owners(self) -> dict[str, str]:
        """Where the folders would be."""
        return self._acting(
            "disk_owners",
            "",
            lambda: self._store.read(lambda world: {uuid: f"fake:{uuid}" for uuid in sorted(world.disks)}),
        )

    def start(self, guest: Guest) -> GuestState:
        """Run it, if its disks were made."""
        return self._acting("start", guest.uuid, lambda: self._store.change(lambda world: _start(world, guest)))

    def destroy(self, guest: GuestRef) -> None:
        """Forget the guest and its taps."""

        def act(world: World) -> None:
            world.guests.pop(guest.uuid, None)
            named = {vif.device for vif in guest.vifs}
            world.taps = {tap: owner for tap, owner in world.taps.items() if owner != guest.uuid and tap not in named}

        self._acting("destroy", guest.uuid, lambda: self._store.change(act))

    def power_off(self, guest: GuestRef, wait: int) -> GuestState:
        """Guests here obey at once, whatever `wait` is."""
        return self._acting("power_off", guest.uuid, lambda: self._store.change(lambda world: _stop(world, guest.uuid)))

    def reboot_softly(self, guest: GuestRef, wait: int) -> bool:
        """A running guest restarts at once; with a `wait` of 0 there is no time for it."""

        def act(world: World) -> bool:
            found = world.guests.get(guest.uuid)
            if found is None or found.power is not PowerState.RUNNING or wait <= 0:
                return False
            found.started += 1
            return True

        return self._acting("reboot_softly", guest.uuid, lambda: self._store.change(act))

    def taps(self) -> dict[str, str | None]:
        """The taps that running guests would have, and orphans that were added."""
        return self._acting("taps", "", lambda: self._store.read(lambda world: dict(sorted(world.taps.items()))))

    def remove_tap(self, device: str) -> None:
        """Forget a tap."""
        self._acting("remove_tap", "", lambda: self._store.change(lambda world: world.taps.pop(device, None)))

    def console_log(self, guest: GuestRef) -> bytes:
        """A line for each start; nothing for a guest that was never here."""

        def act(world: World) -> bytes:
            found = world.guests.get(guest.uuid)
            return b"" if found is None else f"fake guest {found.name} ready\nlogin: \n".encode() * found.started

        return self._acting("console_log", guest.uuid, lambda: self._store.read(act))

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

        def act(world: World) -> GuestState:
            if power is PowerState.SHUTDOWN:
                return _stop(world, uuid)
            world.guests[uuid].power = power
            return _state(world, uuid)

        state = self._store.change(act)
        for changed in list(self._watchers):
            changed(state)

    def add_orphan_tap(self, device: str) -> None:
        """Put a tap on the host that nobody owns."""
        self._store.change(lambda world: world.taps.update({device: None}))

    def close(self) -> None:
        """Stop telling."""
        self._watchers.clear()

    def _acting(self, method: str, uuid: str, act: Callable[[], T]) -> T:
        fault = self.control.entered(method, uuid)
        answer = act()
        self.control.left(fault)
        return answer


def _state(world: World, uuid: str) -> GuestState:
    found = world.guests.get(uuid)
    if found is None:
        return GuestState(uuid=uuid, power_state=PowerState.NOSTATE)
    return GuestState(uuid=uuid, power_state=found.power, name=found.name)


def _start(world: World, guest: Guest) -> GuestState:
    if guest.uuid not in world.disks:
        raise StepFailed(reason="The server's root disk is not on this host.")
    found = world.guests.setdefault(guest.uuid, FakeGuest(guest.name, PowerState.SHUTDOWN))
    if found.power in (PowerState.SHUTDOWN, PowerState.CRASHED):
        found.power = PowerState.RUNNING
        found.started += 1
        found.taps = [vif.device for vif in guest.vifs]
    world.taps.update(dict.fromkeys(found.taps, guest.uuid))
    return _state(world, guest.uuid)


def _stop(world: World, uuid: str) -> GuestState:
    found = world.guests.get(uuid)
    if found is not None:
        found.power = PowerState.SHUTDOWN
        world.taps = {tap: owner for tap, owner in world.taps.items() if tap not in found.taps}
    return _state(world, uuid)
