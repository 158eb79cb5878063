"""What is done to the host for networks: in truth, or only in the log.

The two classes keep one promise; option fake_network chooses. Whatever may be repeated is.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from nova.base import links, process, sysctl
from nova.base.iptables import Kernel, LoggedKernel, RealKernel
from nova.base.privileged import entrypoint

LOG = logging.getLogger(__name__)

MARK = "nova-network:"
"""Before a network's uuid, the alias of a bridge that we made."""
PROC = Path("/proc")


class Host(Protocol):
    """The host's network, as far as nova-network changes it."""

    kernel: Kernel

    def make_bridge(self, name: str, interface: str | None, mtu: int | None, owner: str) -> None:
        """Make the bridge exist; one that we make carries its owner's uuid."""

    def remove_bridge(self, name: str, owner: str) -> None:
        """Take away a bridge of this owner that nothing is plugged into."""

    def bridges(self) -> dict[str, str]:
        """Bridges that we made: {name: owner's uuid}."""

    def give_address(self, device: str, address: str, broadcast: str | None) -> None:
        """Make an address with prefix length the device's first."""

    def take_address(self, device: str, address: str) -> None:
        """Take an address with prefix length from the device."""

    def route(self) -> None:
        """Forward packets between interfaces, and answer at the metadata address."""

    def exists(self, device: str) -> bool:
        """Whether the device is there."""

    def spawn(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a program that puts itself into the background. Raises process.CommandFailed."""

    def running(self, program: str, mark: str) -> dict[int, str]:
        """Processes of a program whose command line holds `mark`: {pid: command line}; not those it forked."""

    def signal(self, pid: int, number: int) -> None:
        """Send a signal; a process that is gone is not missed."""

    def release_lease(self, device: str, address: str, mac: str) -> None:
        """Make the DHCP server on the device forget a lease."""


class RealHost:
    """The host, or the network namespace, that this process is in."""

    kernel: Kernel

    def __init__(self) -> None:
        self.kernel = RealKernel()

    def make_bridge(self, name: str, interface: str | None, mtu: int | None, owner: str) -> None:
        """Make the bridge exist; one that we make carries its owner's uuid."""
        is_new = not links.exists(name)
        links.ensure_bridge(name, interface, mtu)
        if is_new or (links.alias(name) or "").startswith(MARK):
            links.set_alias(name, MARK + owner)

    def remove_bridge(self, name: str, owner: str) -> None:
        """Take away a bridge of this owner that nothing is plugged into."""
        if links.alias(name) == MARK + owner and not links.members(name):
            links.delete_link(name)

    def bridges(self) -> dict[str, str]:
        """Bridges that we made: {name: owner's uuid}."""
        aliases = links.list_links().items()
        return {name: alias.removeprefix(MARK) for name, alias in aliases if alias and alias.startswith(MARK)}

    def give_address(self, device: str, address: str, broadcast: str | None) -> None:
        """Make an address with prefix length the device's first."""
        links.ensure_first_address(device, address, broadcast)

    def take_address(self, device: str, address: str) -> None:
        """Take an address with prefix length from the device."""
        links.remove_address(device, address)

    def route(self) -> None:
        """Forward packets between interfaces, and answer at the metadata address."""
        sysctl.ensure("net/ipv4/ip_forward", "1")
        links.bring_up("lo")
        links.ensure_address("lo", "169.254.169.254/32", scope="link")

    def exists(self, device: str) -> bool:
        """Whether the device is there."""
        return links.exists(device)

    def spawn(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a program that puts itself into the background. Raises process.CommandFailed."""
        _run(["env", *(f"{name}={value}" for name, value in environment.items()), *argv])

    def running(self, program: str, mark: str) -> dict[int, str]:
        """Processes of a program whose command line holds `mark`: {pid: command line}; not those it forked."""
        found = {}
        for folder in PROC.iterdir():
            if folder.name.isdigit():
                argv = _command_line(folder)
                if argv and Path(argv[0]).name == program and any(mark in word for word in argv):
                    found[int(folder.name)] = " ".join(argv)
        return {pid: line for pid, line in found.items() if _parent(pid) not in found}

    def signal(self, pid: int, number: int) -> None:
        """Send a signal; a process that is gone is not missed."""
        _signal(pid, number)

    def release_lease(self, device: str, address: str, mac: str) -> None:
        """Make the DHCP server on the device forget a lease."""
        _run(["dhcp_release", device, address, mac])


class LoggedHost:
    """A host on which nothing happens but words in the log."""

    kernel: Kernel

    def __init__(self) -> None:
        self.kernel = LoggedKernel()
        self._bridges: dict[str, str] = {}
        self._processes: dict[int, str] = {}

    def make_bridge(self, name: str, interface: str | None, mtu: int | None, owner: str) -> None:
        """Remember the bridge."""
        LOG.debug("Not done: bridge %s with %s", name, interface)
        self._bridges[name] = owner

    def remove_bridge(self, name: str, owner: str) -> None:
        """Forget the bridge."""
        LOG.debug("Not done: bridge %s removed", name)
        self._bridges.pop(name, None)

    def bridges(self) -> dict[str, str]:
        """Bridges that would be there."""
        return dict(self._bridges)

    def give_address(self, device: str, address: str, broadcast: str | None) -> None:
        """Log it."""
        LOG.debug("Not done: %s gets %s", device, address)

    def take_address(self, device: str, address: str) -> None:
        """Log it."""
        LOG.debug("Not done: %s loses %s", device, address)

    def route(self) -> None:
        """Log it."""
        LOG.debug("Not done: forwarding and the metadata address")

    def exists(self, device: str) -> bool:
        """Whether the bridge would be there."""
        return device in self._bridges

    def spawn(self, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        """Remember the process."""
        LOG.debug("Not run: %s", argv)
        self._processes[max(self._processes, default=0) + 1] = " ".join(argv)

    def running(self, program: str, mark: str) -> dict[int, str]:
        """Processes that would run."""
        return {pid: argv for pid, argv in self._processes.items() if program in argv and mark in argv}

    def signal(self, pid: int, number: int) -> None:
        """Log it, and forget a process that would have ended."""
        LOG.debug("Not sent: signal %s to %s", number, pid)
        if number != signal.SIGHUP:
            self._processes.pop(pid, None)

    def release_lease(self, device: str, address: str, mac: str) -> None:
        """Log it."""
        LOG.debug("Not run: dhcp_release %s %s %s", device, address, mac)


@entrypoint
def _run(argv: list[str]) -> None:
    process.run(argv, timeout=60)


@entrypoint
def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        LOG.debug("Process %s is gone already", pid)


def _parent(pid: int) -> int:
    """The parent of a process; 0 when it is gone."""
    try:
        # The name, in parentheses, may hold spaces: what is counted stands behind it.
        return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command_line(folder: Path) -> list[str]:
    try:
        return [word.decode(errors="replace") for word in (folder / "cmdline").read_bytes().split(b"\0") if word]
    except OSError:
        return []
