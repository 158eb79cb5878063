"""A host in a network namespace with nova-network and a real dnsmasq on it, and guests plugged into its bridge."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from nova.base.context import RequestContext, admin_context
from nova.base.iptables import RealKernel, Tables
from nova.contracts.network import (
    DhcpHost,
    Filters,
    FixedIp,
    HostNetworkPlan,
    Network,
    NetworkRef,
    Rule,
    ServedNetwork,
    Subnet,
    Vif,
)
from nova.contracts.network_agent import NetworkPlans
from nova.network.endpoint import Endpoint
from nova.network.linux.dhcptext import DhcpSettings
from nova.network.linux.dnsmasq import SCRIPT, Dnsmasq
from nova.network.linux.host import RealHost
from nova.network.linux.rules import RoutingSettings
from nova.network.managers.flatdhcp import FlatDhcp
from nova.network.serving import Serving
from tests.lab.namespaces import Namespace, PluggedGuest

MARKS = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]
CONTEXT = admin_context()
NETWORK = Network(
    id=7,
    uuid="0b6c7d1e-34f4-4dd5-9b0c-0f7f1a1c0001",
    label="private net",
    cidr="10.9.0.0/24",
    gateway="10.9.0.1",
    dhcp_server="10.9.0.1",
    dhcp_start="10.9.0.2",
    broadcast="10.9.0.255",
    bridge="brnvt0",
)
SUBNET = Subnet(cidr="10.9.0.0/24", gateway="10.9.0.1", dhcp_server="10.9.0.1")
# A dhcpbridge whose conductor is a file: what it is told is appended, leases are read.
BRIDGE = """#!{python}
import sys, os, json, pathlib, contextlib
sys.path.insert(0, {root!r})
from nova.network import dhcpbridge
here = pathlib.Path({folder!r})
class Plans:
    def note(self, **facts):
        with (here / "events").open("a") as file:
            file.write(json.dumps(facts) + "\\n")
    def leases(self, context, *, host, network_id):
        self.note(kind="leases", network=network_id)
        from nova.contracts.network import DhcpHost
        return [DhcpHost(**facts) for facts in json.loads((here / "leases").read_text())]
    def leased(self, context, *, host, mac, address):
        self.note(kind="leased", mac=mac, address=address)
    def released(self, context, *, host, mac, address):
        self.note(kind="released", mac=mac, address=address)
@contextlib.contextmanager
def plans_of(files):
    assert files == ["/some/file.conf"]
    yield Plans(), "host", 600
dhcpbridge.act(sys.argv[1:], os.environ, plans_of, print)
"""
UDHCPC = """#!/bin/sh
[ "$1" = bound ] && ip addr add $ip/$mask dev $interface && ip route add default via $router && echo "$ip" > {out}
exit 0
"""


class CountingKernel(RealKernel):
    """The kernel's tables, and how often they were written."""

    writes = 0

    def restore(self, family: str, text: str) -> None:
        self.writes += 1
        super().restore(family, text)


class Plans(NetworkPlans):
    """A conductor with one answer."""

    def __init__(self) -> None:
        self.networks: list[ServedNetwork] = []

    def plan(self, context: RequestContext, *, host: str) -> HostNetworkPlan:
        return HostNetworkPlan(host=host, networks=self.networks)


@dataclass
class Lab:
    """A host in a namespace, with nova-network on it."""

    namespace: Namespace
    folder: Path
    kernel: CountingKernel
    plans: Plans
    agent: Endpoint

    def events(self) -> list[dict[str, str]]:
        path = self.folder / "events"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def dnsmasq(self) -> list[int]:
        """DHCP servers that run here."""
        return sorted(RealHost().running("dnsmasq", str(self.folder)))

    def await_event(self, **facts: str) -> bool:
        for _ in range(100):
            if any(facts.items() <= event.items() for event in self.events()):
                return True
            time.sleep(0.05)
        return False


def fresh(namespace: Namespace, folder: Path, plans: Plans) -> Lab:
    """nova-network as a new process would start it."""
    host, kernel = RealHost(), CountingKernel()
    host.kernel = kernel
    settings = DhcpSettings(
        folder=folder / "networks", domain="novalocal", lease_time=600, script=str(folder / "networks" / SCRIPT)
    )
    dnsmasq = Dnsmasq(host, settings, program=str(folder / "dhcpbridge"), config_files=["/some/file.conf"])
    routing = RoutingSettings(
        metadata_host="10.9.0.1",
        metadata_port=8775,
        metadata_here=True,
        public_interface="eth9",
        source="192.0.2.1",
        dmz=("10.0.0.0/8",),
    )
    network_tables = Tables("nova-network", kernel=kernel, lock_path=str(folder), families=("ip",))
    serving = Serving(host, FlatDhcp(host), network_tables, dnsmasq, routing)
    return Lab(namespace, folder, kernel, plans, Endpoint("host", serving, plans))


def line(number: int) -> DhcpHost:
    return DhcpHost(
        mac=f"fa:16:3e:00:00:{number:02x}",
        address=f"10.9.0.{number}",
        hostname=f"guest-{number}",
        server=f"4a0ec5c2-9c3e-4b6f-b2ac-1fd9f5d900{number:02x}",
        vif=f"5b1fd6d3-0d4f-4c70-93bd-2ae0a6ea00{number:02x}",
    )


def serve(lab: Lab, *, add: list[DhcpHost], generation: int, remove: list[str] | None = None) -> None:
    lab.agent.serve(
        CONTEXT, network=NETWORK, dhcp_address="10.9.0.1", add=add, remove=remove or [], generation=generation
    )


def filters(number: int, tap: str, rules: list[Rule]) -> Filters:
    vif = Vif(
        id=line(number).vif,
        address=line(number).mac,
        network=NetworkRef(id=NETWORK.uuid, label="private net", bridge="brnvt0"),
        ips=[FixedIp(address=line(number).address, subnet=SUBNET)],
        device=tap,
    )
    return Filters(server=line(number).server, number=number, vifs=[vif], rules=rules)


def plug(lab: Lab, number: int) -> PluggedGuest:
    return PluggedGuest(lab.namespace, "brnvt0", f"tap-nvt-{number}", line(number).mac)


def ask_for_address(guest: PluggedGuest, folder: Path) -> str | None:
    """Run a DHCP client in the guest; the address it got."""
    out, script = folder / f"{guest.tap}.address", folder / f"{guest.tap}.sh"
    script.write_text(UDHCPC.format(out=out))
    script.chmod(0o755)
    guest.run("busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "6", "-T", "1", "-s", str(script), check=False)
    return out.read_text().strip() if out.exists() else None
