"""The drivers, each with what the one suite needs to know of it."""

from __future__ import annotations

import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from nova.contracts.guest import Guest, GuestRef
from nova.contracts.image import Image
from nova.contracts.states import PowerState
from nova.virt.driver import Driver
from nova.virt.fake.driver import FakeDriver
from tests.guests import make_conf, make_guest, make_image
from tests.private_host import PrivateHost

BOOT_SECONDS = 120.0
COMMAND_LINE = "root=/dev/vda console=tty0 console=ttyS0 quiet no_timer_check"


class Bench(ABC):
    """A driver at work, and its surroundings."""

    driver: Driver

    @abstractmethod
    def guest(self) -> Guest:
        """A guest that this driver can boot."""

    @abstractmethod
    def fetch(self, image: Image) -> Path:
        """The cached copy of an image."""

    @abstractmethod
    def end_from_inside(self, guest: Guest) -> None:
        """Let the running guest stop without the driver's doing."""

    @abstractmethod
    def add_orphan_tap(self, device: str) -> None:
        """Put a tap on the host that belongs to nobody."""

    def wait_for_console(self, ref: GuestRef, text: bytes, count: int = 1) -> bytes:
        """The log once it holds the text so many times."""
        end = time.monotonic() + BOOT_SECONDS
        while (log := self.driver.console_log(ref)).count(text) < count:
            assert time.monotonic() < end, log.decode(errors="replace")
            time.sleep(0.1)
        return log


class FakeBench(Bench):
    """The fake driver."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.fake = FakeDriver(make_conf(fake__state_file=str(folder / "state.json"), host="fake-host"))
        self.driver = self.fake

    def guest(self) -> Guest:
        return make_guest()

    def fetch(self, image: Image) -> Path:
        return self._folder / image.id

    def end_from_inside(self, guest: Guest) -> None:
        self.fake.change_by_itself(guest.uuid, PowerState.SHUTDOWN)

    def add_orphan_tap(self, device: str) -> None:
        self.fake.add_orphan_tap(device)


class LibvirtBench(Bench):
    """The libvirt driver on a private host, with the project's test guest."""

    def __init__(self, folder: Path, host: PrivateHost, images: Path) -> None:
        from nova.virt.libvirt.driver import LibvirtDriver

        self.host = host
        self.use(images)
        self.instances = folder / "instances"
        self.cache = self.instances / "_base"
        self.cache.mkdir(parents=True)
        self.conf = make_conf(instances_path=str(self.instances), libvirt__virt_type="qemu")
        self.driver = LibvirtDriver(self.conf)

    def use(self, images: Path) -> None:
        """Take what build.sh made in this folder for the images."""
        files = {"ami": "root.ext4", "aki": "vmlinuz", "ari": "initrd.zst", "bootable": "disk.qcow2"}
        self._images = {name: images / file for name, file in files.items()}

    def guest(self) -> Guest:
        return make_guest(
            image=make_image("ami", "ami", os_command_line=COMMAND_LINE),
            kernel=make_image("aki", "aki"),
            ramdisk=make_image("ari", "ari"),
            config_drive=True,
        )

    def fetch(self, image: Image) -> Path:
        cached = self.cache / image.id
        if not cached.exists():
            subprocess.run(["cp", "--sparse=always", str(self._images[image.id]), str(cached)], check=True, timeout=60)
        return cached

    def end_from_inside(self, guest: Guest) -> None:
        subprocess.run(["virsh", "-q", "destroy", guest.name], check=True, timeout=60)

    def add_orphan_tap(self, device: str) -> None:
        subprocess.run(["ip", "tuntap", "add", device, "mode", "tap"], check=True, timeout=30)
