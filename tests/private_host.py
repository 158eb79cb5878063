"""A host of its own for the calling thread: network, mount and UTS namespaces with a libvirtd that nobody else sees."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType

_FS, _NEWNS, _NEWUTS, _NEWNET = 0x00000200, 0x00020000, 0x04000000, 0x40000000
_KINDS = {"mnt": _NEWNS, "uts": _NEWUTS, "net": _NEWNET}
_PRIVATE = ("/run/libvirt", "/var/lib/libvirt", "/etc/libvirt", "/var/log/libvirt", "/var/cache/libvirt")
_libc = ctypes.CDLL(None, use_errno=True)

LIBVIRTD_CONF = """
auth_unix_rw = "none"
unix_sock_rw_perms = "0777"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
"""
QEMU_CONF = """
user = "root"
group = "root"
security_driver = "none"
remember_owner = 0
namespaces = []
cgroup_controllers = []
"""


class PrivateHost:
    """While entered, the thread and what it starts live on the private host; afterwards it is gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> PrivateHost:
        self._home = {kind: os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY) for kind in _KINDS}
        self._cwd = os.open(".", os.O_RDONLY)
        _check(_libc.unshare(_NEWNS | _NEWUTS | _NEWNET))
        try:
            self._furnish()
            self.start_libvirtd()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _furnish(self) -> None:
        _run("mount", "--make-rprivate", "/")
        _run("hostname", "private-host")
        _run("ip", "link", "set", "lo", "up")
        cgroups = self._folder / "cgroup"
        cgroups.mkdir()
        _run("mount", "--rbind", "/sys/fs/cgroup", str(cgroups))
        _run("mount", "-t", "sysfs", "sysfs", "/sys")
        _run("mount", "--rbind", str(cgroups), "/sys/fs/cgroup")
        for place in _PRIVATE:
            own = self._folder / place.strip("/").replace("/", "-")
            own.mkdir()
            Path(place).mkdir(parents=True, exist_ok=True)
            _run("mount", "--bind", str(own), place)
        for name in ("qemu", "nwfilter"):
            Path("/etc/libvirt", name).mkdir()
        for name in ("qemu", "boot", "images"):
            Path("/var/lib/libvirt", name).mkdir()
        Path("/var/log/libvirt/qemu").mkdir()
        Path("/etc/libvirt/libvirtd.conf").write_text(LIBVIRTD_CONF)
        Path("/etc/libvirt/qemu.conf").write_text(QEMU_CONF)

    def start_libvirtd(self) -> None:
        """Start the daemons that do not run, and wait until libvirt answers."""
        for name in ("virtlogd", "libvirtd"):
            if name not in self._daemons:
                log = self._folder / f"{name}.out"
                with log.open("ab") as out:
                    # Their usual pid files lie beside the private folders, where another libvirtd may have its own.
                    command = [name, "--pid-file", f"/run/libvirt/{name}.pid"]
                    self._daemons[name] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        for _ in range(300):
            if subprocess.run(["virsh", "-q", "uri"], capture_output=True, timeout=60, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"libvirtd does not answer; see {self._folder}")

    def stop_libvirtd(self) -> None:
        """Stop libvirtd; guests go on."""
        daemon = self._daemons.pop("libvirtd")
        daemon.terminate()
        daemon.wait(timeout=30)

    def freeze_libvirtd(self) -> None:
        """Let libvirtd hang: it is there and does not answer."""
        self._daemons["libvirtd"].send_signal(signal.SIGSTOP)

    def thaw_libvirtd(self) -> None:
        """Let it go on."""
        self._daemons["libvirtd"].send_signal(signal.SIGCONT)

    def _leave(self) -> None:
        for name in subprocess.run(
            ["virsh", "-q", "list", "--name"], capture_output=True, timeout=60, text=True, check=False
        ).stdout.split():
            subprocess.run(["virsh", "-q", "destroy", name], timeout=60, check=False)
        for daemon in self._daemons.values():
            daemon.terminate()
            daemon.wait(timeout=30)
        self._daemons.clear()
        # Threads that were started meanwhile share this one's place in the file system, which forbids moving it.
        _check(_libc.unshare(_FS))
        for kind, descriptor in self._home.items():
            _check(_libc.setns(descriptor, _KINDS[kind]))
            os.close(descriptor)
        os.fchdir(self._cwd)
        os.close(self._cwd)


def _check(answer: int) -> None:
    if answer:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, timeout=30)
