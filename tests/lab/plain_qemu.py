"""One guest in a QEMU of its own, without libvirt, without host networking, its serial line in a file."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

QEMU = "qemu-system-x86_64"
BOOT_SECONDS = 120.0
KERNEL_ARGUMENTS = "root=/dev/vda console=tty0 console=ttyS0 quiet no_timer_check cryptomgr.notests"


class PlainGuest:
    """A running QEMU (TCG). `network` is added to QEMU's user networking, which stays cut off from the host's."""

    def __init__(
        self, folder: Path, disk: Path, *, extra: Sequence[str] = (), network: str = "", mebibytes: int = 96
    ) -> None:
        self.log = folder / "console.log"
        self.log.write_bytes(b"")
        self._monitor = folder / "qmp.sock"
        self._command = [
            *(QEMU, "-accel", "tcg", "-m", str(mebibytes), "-nodefaults", "-no-user-config"),
            *("-display", "none", "-vga", "cirrus", "-no-reboot"),
            *("-serial", f"file:{self.log}", "-qmp", f"unix:{self._monitor},server=on,wait=off"),
            *("-drive", f"file={disk},format=qcow2,if=virtio", "-device", "virtio-rng-pci"),
            *("-netdev", "user,id=net0,restrict=on" + network, "-device", "virtio-net-pci,netdev=net0"),
            *extra,
        ]

    def __enter__(self) -> PlainGuest:
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(timeout=30)

    def console(self) -> str:
        """Everything on the serial line so far."""
        return self.log.read_text(errors="replace").replace("\r", "")

    def wait_for(self, text: str, seconds: float = BOOT_SECONDS) -> str:
        """The console once it holds `text`; AssertionError with the console when it does not come."""
        end = time.monotonic() + seconds
        while text not in (console := self.console()):
            assert self._process.poll() is None, f"QEMU ended before {text!r}:\n{console}"
            assert time.monotonic() < end, f"no {text!r} in {seconds} s:\n{console}"
            time.sleep(0.1)
        return console

    def press_power_button(self) -> None:
        """Ask the guest over ACPI to power off."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.settimeout(10)
            monitor.connect(str(self._monitor))
            stream = monitor.makefile("rw")
            stream.readline()
            for command in ("qmp_capabilities", "system_powerdown"):
                stream.write(json.dumps({"execute": command}) + "\n")
                stream.flush()
                stream.readline()

    def wait_until_off(self, seconds: float = 60.0) -> int:
        """QEMU's exit status after the guest powered off by itself."""
        return self._process.wait(timeout=seconds)


def overlay(base: Path, base_format: str, path: Path) -> Path:
    """A qcow2 at `path` that keeps the guest's writes away from `base`."""
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base.resolve()), "-F", base_format, str(path)]
    subprocess.run(command, check=True, timeout=30)
    return path


def linked(image: Path) -> list[str]:
    """QEMU's arguments that boot the kernel and the ramdisk of the image folder."""
    kernel, ramdisk = str(image / "vmlinuz"), str(image / "initrd.zst")
    return ["-kernel", kernel, "-initrd", ramdisk, "-append", KERNEL_ARGUMENTS]
