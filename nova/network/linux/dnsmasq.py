"""One dnsmasq for each bridge: its files, its start, and telling it that they changed."""

from __future__ import annotations

import json
import logging
import os
import shlex
import signal
import stat
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from nova.base.process import CommandFailed
from nova.contracts.network import DhcpHost, Network
from nova.network.linux import dhcptext
from nova.network.linux.dhcptext import DhcpSettings
from nova.network.linux.host import Host

LOG = logging.getLogger(__name__)

SCRIPT = "nova-dhcpbridge.sh"
END_SECONDS = 5
"""How long a killed process may take to be gone."""


class Dnsmasq:
    """The DHCP servers of this host. One thread at a time for each device.

    `program` is nova-dhcpbridge and `config_files` what it reads.
    """

    def __init__(self, host: Host, settings: DhcpSettings, *, program: str, config_files: Sequence[str]) -> None:
        self._host, self._settings = host, settings
        self._config_files = list(config_files)
        folder = settings.folder
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            # dnsmasq reads its files again at each signal, when it is no longer root.
            folder.chmod(0o755)
        _warn_of_closed(folder)
        # Each HUP makes dnsmasq run its script with "old" for every lease it holds. The shell answers that at a
        # fiftieth of what an interpreter's start costs.
        _write(folder / SCRIPT, f'#!/bin/sh\n[ "$1" = old ] && exit 0\nexec {shlex.quote(program)} "$@"\n', mode=0o755)

    def serve(self, network: Network, device: str, dhcp_address: str, hosts: Iterable[DhcpHost]) -> None:
        """Make a dnsmasq that knows exactly `hosts` run on the device. Raises process.CommandFailed."""
        paths = dhcptext.files(self._settings.folder, device)
        hosts = list(hosts)
        own = network.multi_host and not network.share_address
        gateway = dhcp_address if own or not network.gateway else network.gateway
        changed = _write(paths["hosts"], dhcptext.hosts(hosts, self._settings))
        changed = _write(paths["options"], dhcptext.options(hosts, gateway, self._settings)) or changed
        argv = dhcptext.command(network, device, dhcp_address, self._settings)
        running = self._running(device)
        asked_for = [pid for pid, line in running.items() if line == " ".join(argv)]
        # Those started with other addresses or options, or twice, hold what the right one needs.
        self._end([pid for pid in running if pid not in asked_for[:1]], device)
        if asked_for:
            if changed:
                self._host.signal(asked_for[0], signal.SIGHUP)
            return
        environment = {"CONFIG_FILE": json.dumps(self._config_files), "NETWORK_ID": str(network.id)}
        self._host.spawn(argv, environment)

    def release(self, device: str, hosts: Iterable[DhcpHost]) -> None:
        """Make the DHCP server forget leases; one that cannot be told does so when they end."""
        if not self._host.exists(device):
            return
        for host in hosts:
            try:
                self._host.release_lease(device, host.address, host.mac)
            except CommandFailed as failed:
                LOG.warning("The lease of %s on %s was not released: %s", host.address, device, failed)

    def stop(self, device: str) -> None:
        """End the device's dnsmasq and remove its files."""
        self._end(list(self._running(device)), device)
        for path in dhcptext.files(self._settings.folder, device).values():
            path.unlink(missing_ok=True)

    def devices(self) -> set[str]:
        """Devices for which there is a process or a file."""
        named = {path.name for path in self._settings.folder.glob("nova-*.conf")}
        mark = f"{self._settings.folder}/nova-"
        for line in self._host.running("dnsmasq", mark).values():
            named |= {word.rpartition("/")[2] for word in line.split() if mark in word and word.endswith(".conf")}
        return {name.removeprefix("nova-").removesuffix(".conf") for name in named}

    def is_running(self, device: str) -> bool:
        """Whether a dnsmasq serves the device."""
        return bool(self._running(device))

    def macs(self, device: str) -> set[str]:
        """MACs in the device's hosts file."""
        path = dhcptext.files(self._settings.folder, device)["hosts"]
        if not path.is_file():
            return set()
        return {line.split(",")[0] for line in path.read_text().splitlines() if line}

    def _end(self, pids: list[int], device: str) -> None:
        """Kill processes of the device, and wait until their sockets are free again."""
        for pid in pids:
            self._host.signal(pid, signal.SIGKILL)
        deadline = time.monotonic() + END_SECONDS
        while pids and set(pids) & set(self._running(device)) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _running(self, device: str) -> dict[int, str]:
        """The device's processes, told by the file they read: a pid alone may be another program's by now."""
        return self._host.running("dnsmasq", f"={dhcptext.files(self._settings.folder, device)['hosts']}")


def _warn_of_closed(folder: Path) -> None:
    closed = [str(path) for path in (folder, *folder.parents) if not path.stat().st_mode & stat.S_IXOTH]
    if closed:
        LOG.warning("dnsmasq, which is not root, may not read its files: %s is closed to others", ", ".join(closed))


def _write(path: Path, text: str, *, mode: int = 0o644) -> bool:
    """Replace a file at once, so that a reader sees the old or the new; False when it held just this text."""
    if path.is_file() and path.read_text() == text:
        return False
    beside = path.with_name(path.name + ".new")
    beside.write_text(text)
    beside.chmod(mode)
    os.replace(beside, path)  # noqa: PTH105 - the name says that it is atomic
    return True
