"""Network namespaces as hosts and guests: one that the test's thread works in, others plugged into its bridge."""

from __future__ import annotations

import ctypes
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

CLONE_NEWNET = 0x40000000


class Namespace:
    """A network namespace of our own. Programs run in it with `run`."""

    def __init__(self, kind: str) -> None:
        self.name = f"nvt-{kind}-{secrets.token_hex(3)}"
        command("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *argv: str, check: bool = True, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a program inside."""
        return command("ip", "netns", "exec", self.name, *argv, check=check, timeout=timeout)

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """Start a program inside."""
        return subprocess.Popen(["ip", "netns", "exec", self.name, *argv], stdout=subprocess.PIPE, text=True)

    def pids(self) -> list[int]:
        """Processes inside, without this one."""
        inside = {int(pid) for pid in command("ip", "netns", "pids", self.name).stdout.split()}
        return sorted(inside - {os.getpid()})

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Have this thread, and what it starts, work inside for the block."""
        with entered(self.name):
            yield

    def end(self) -> None:
        """Kill what runs inside and take it away."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        command("ip", "netns", "del", self.name)


class PluggedGuest:
    """A namespace with one interface, eth0, whose other end is a tap's stand-in on the host's bridge."""

    def __init__(self, host: Namespace, bridge: str, tap: str, mac: str) -> None:
        self.namespace, self.tap, self.mac = Namespace("guest"), tap, mac
        host.run("ip", "link", "add", tap, "type", "veth", "peer", "name", "eth0", "netns", self.namespace.name)
        host.run("ip", "link", "set", tap, "master", bridge, "up")
        self.run("ip", "link", "set", "eth0", "address", mac, "up")

    def run(self, *argv: str, check: bool = True, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Run a program in the guest."""
        return self.namespace.run(*argv, check=check, timeout=timeout)

    def set_address(self, address: str, *words: str) -> None:
        """Give eth0 this one global address, with prefix length; `words` are more of `ip addr add`."""
        self.run("ip", "addr", "flush", "dev", "eth0", "scope", "global")
        self.run("ip", "addr", "add", address, "dev", "eth0", *words)

    def reaches(self, address: str) -> bool:
        """Whether a ping is answered."""
        return self.run("ping", "-c", "1", "-W", "1", address, check=False).returncode == 0


@contextmanager
def entered(name: str) -> Iterator[None]:
    """Have this thread, and what it starts, work inside the namespace of this name for the block."""
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/var/run/netns/{name}", os.O_RDONLY)
    try:
        _enter(there)
        try:
            yield
        finally:
            _enter(here)
    finally:
        os.close(here)
        os.close(there)


def command(*argv: str, check: bool = True, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    """Run a program and read what it prints."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout, check=False)
    assert not check or done.returncode == 0, f"{argv}: {done.stderr}"
    return done


def tables(commands: Sequence[str] = ("iptables-save", "ip6tables-save", "ebtables-save")) -> str:
    """All packet filters of the namespace this thread is in, without counters and comments."""
    lines = [line for name in commands for line in command(name).stdout.splitlines() if not line.startswith("#")]
    return "\n".join(line.split(" [")[0] for line in lines)


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
