"""The text of dnsmasq's files and command line; nothing here touches the host."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nova.contracts.network import DhcpHost, Network

HOSTNAME_CHARACTERS = 63
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.-]")


@dataclass(frozen=True)
class DhcpSettings:
    """What of the settings goes into dnsmasq's files and command line."""

    folder: Path
    domain: str
    lease_time: int
    script: str
    config_file: str = ""
    dns_servers: tuple[str, ...] = ()
    use_network_dns: bool = False
    single_default_gateway: bool = False


def files(folder: Path, device: str) -> dict[str, Path]:
    """Paths of a device's files: hosts, options and pid."""
    return {
        "hosts": folder / f"nova-{device}.conf",
        "options": folder / f"nova-{device}.opts",
        "pid": folder / f"nova-{device}.pid",
    }


def hosts(lines: Iterable[DhcpHost], settings: DhcpSettings) -> str:
    """The hosts file: one line per MAC."""
    rows = []
    for host in sorted(lines, key=lambda host: host.mac):
        name = _hostname(host.hostname)
        qualified = f"{name}.{settings.domain}" if settings.domain else name
        tag = f",net:NW-{host.vif}" if settings.single_default_gateway else ""
        rows.append(f"{host.mac},{qualified},{host.address}{tag}\n")
    return "".join(rows)


def options(lines: Iterable[DhcpHost], gateway: str, settings: DhcpSettings) -> str:
    """The options file: who is told of which gateway."""
    if not settings.single_default_gateway:
        return f"3,{gateway}\n"
    return "".join(
        f"NW-{host.vif},3,{gateway}\n" if host.default_route else f"NW-{host.vif},3\n"
        for host in sorted(lines, key=lambda host: host.mac)
    )


def command(network: Network, device: str, dhcp_address: str, settings: DhcpSettings) -> list[str]:
    """The command line that serves a network on a device."""
    paths = files(settings.folder, device)
    cidr = ipaddress.ip_network(network.cidr or "", strict=False)
    label = _NOT_IN_NAMES.sub("_", network.label)
    argv = [
        "dnsmasq",
        "--strict-order",
        "--bind-interfaces",
        f"--conf-file={settings.config_file}",
        f"--pid-file={paths['pid']}",
        f"--dhcp-optsfile={paths['options']}",
        f"--listen-address={dhcp_address}",
        "--except-interface=lo",
        f"--dhcp-range=set:{label},{network.dhcp_start},static,{cidr.netmask},{settings.lease_time}s",
        f"--dhcp-lease-max={cidr.num_addresses}",
        f"--dhcp-hostsfile={paths['hosts']}",
        f"--dhcp-script={settings.script}",
        "--no-hosts",
        "--leasefile-ro",
    ]
    if settings.domain:
        argv.append(f"--domain={settings.domain}")
    servers = list(settings.dns_servers)
    if settings.use_network_dns:
        servers += [server for server in (network.dns1, network.dns2) if server]
    if servers:
        argv += ["--no-resolv", *(f"--server={server}" for server in servers)]
    return argv


def lease(host: DhcpHost, expiry: int) -> str:
    """A lease as dnsmasq reads it at its start; `expiry` in seconds since the epoch."""
    return f"{expiry} {host.mac} {host.address} {_hostname(host.hostname) or '*'} *"


def _hostname(name: str) -> str:
    # A comma or a line end in a name would become another field or line of the file.
    name = _NOT_IN_NAMES.sub("-", name)
    return name if len(name) <= HOSTNAME_CHARACTERS else f"{name[:2]}-{name[-60:]}"
