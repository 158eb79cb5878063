"""nova-network and the packet filters of guests in real network namespaces, with a real dnsmasq."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nova.base import links
from nova.base.context import RequestContext, admin_context
from nova.base.iptables import RealKernel, Tables
from nova.compute.filters import PacketFilters
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
from tests.lab.namespaces import Namespace, PluggedGuest, command, tables

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]

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


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that dnsmasq, which is not root, can read in: those of pytest are closed to others."""
    with tempfile.TemporaryDirectory(prefix="nvt-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def lab(folder: Path) -> Iterator[Lab]:
    namespace = Namespace("host")
    (folder / "leases").write_text("[]")
    program = folder / "dhcpbridge"
    root = str(Path(__file__).parents[2])
    program.write_text(BRIDGE.format(python=sys.executable, root=root, folder=str(folder)))
    program.chmod(0o755)
    try:
        with namespace.entered():
            made = fresh(namespace, folder, Plans())
            yield made
    finally:
        namespace.end()


def fresh(namespace: Namespace, folder: Path, plans: Plans) -> Lab:
    """nova-network as a new process would start it."""
    host, kernel = RealHost(), CountingKernel()
    host.kernel = kernel
    settings = DhcpSettings(
        folder=folder / "networks", domain="novalocal", lease_time=600, script=str(folder / "networks" / SCRIPT)
    )
    dnsmasq = Dnsmasq(host, settings, program=str(folder / "dhcpbridge"), config_files=["/some/file.conf"])
    routing = RoutingSettings(
        metadata_host="10.9.0.1", metadata_port=8775, public_interface="eth9", source="192.0.2.1", dmz=("10.0.0.0/8",)
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


def test_a_guest_gets_its_address_and_gives_it_back(lab: Lab) -> None:
    serve(lab, add=[line(5)], generation=1)
    assert {"kind": "leases", "network": 7} in lab.events()
    known, stranger = plug(lab, 5), plug(lab, 6)
    guest_filters = PacketFilters(Tables("nova-compute", families=("ip", "bridge"), lock_path=str(lab.folder)))
    guest_filters.apply([filters(5, known.tap, []), filters(6, stranger.tap, [])])
    try:
        assert ask_for_address(known, lab.folder) == "10.9.0.5"
        assert lab.await_event(kind="leased", mac=line(5).mac, address="10.9.0.5")
        assert known.reaches("10.9.0.1")
        assert ask_for_address(stranger, lab.folder) is None

        serve(lab, add=[line(6)], generation=2)  # by a signal to the dnsmasq that runs
        assert ask_for_address(stranger, lab.folder) == "10.9.0.6"

        serve(lab, add=[], remove=[line(5).mac], generation=3)
        assert lab.await_event(kind="released", mac=line(5).mac, address="10.9.0.5")
        assert not any(event["kind"] == "old" for event in lab.events())
    finally:
        known.namespace.end()
        stranger.namespace.end()


def test_leases_survive_a_restart_of_dnsmasq(lab: Lab) -> None:
    (lab.folder / "leases").write_text(json.dumps([{k: getattr(line(5), k) for k in line(5).__struct_fields__}]))
    serve(lab, add=[line(5)], generation=1)
    before = lab.dnsmasq()
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    lab.plans.networks = [ServedNetwork(network=NETWORK, dhcp_address="10.9.0.1", dhcp_hosts=[line(5)], generation=1)]
    lab.agent.converge()
    assert len(lab.dnsmasq()) == 1 and lab.dnsmasq() != before
    guest = plug(lab, 5)
    try:
        assert ask_for_address(guest, lab.folder) == "10.9.0.5"
    finally:
        guest.namespace.end()


def test_the_same_plan_twice_changes_nothing_and_what_was_lost_comes_back(lab: Lab) -> None:
    lab.plans.networks = [ServedNetwork(network=NETWORK, dhcp_address="10.9.0.1", dhcp_hosts=[line(5)], generation=4)]
    command("iptables", "-A", "FORWARD", "-s", "203.0.113.9", "-j", "ACCEPT")
    lab.agent.converge()
    rules, writes, pids = tables(), lab.kernel.writes, lab.dnsmasq()
    assert rules.count(NETWORK.uuid) == 11 and "203.0.113.9" in rules
    lab.agent.converge()
    assert (tables(), lab.kernel.writes, lab.dnsmasq()) == (rules, writes, pids)

    again = fresh(lab.namespace, lab.folder, lab.plans)
    again.agent.converge()
    assert (tables(), again.kernel.writes, lab.dnsmasq()) == (rules, 0, pids)

    command("iptables", "-t", "nat", "-F")
    command("iptables", "-F", "nova-network-INPUT")
    command("ip", "addr", "flush", "dev", "brnvt0")
    os.kill(pids[0], signal.SIGKILL)
    plan = lab.plans.plan(CONTEXT, host="host")
    lab.agent.converge()
    assert tables() == rules
    assert links.addresses("brnvt0") == ["10.9.0.1/24"]
    assert lab.agent.leftovers(CONTEXT, plan=plan) == []


def test_a_forgotten_network_leaves_the_host_as_it_was(lab: Lab) -> None:
    lab.agent.converge()
    before = tables()
    serve(lab, add=[line(5)], generation=1)
    lab.plans.networks = []
    found = {
        (finding.kind, finding.what)
        for finding in lab.agent.leftovers(CONTEXT, plan=lab.plans.plan(CONTEXT, host="host"))
    }
    assert {("bridge", "brnvt0"), ("dhcp", "brnvt0")} <= found
    lab.agent.forget(CONTEXT, network=NETWORK)
    assert tables() == before
    assert not links.exists("brnvt0")
    assert lab.dnsmasq() == []
    assert sorted(path.name for path in (lab.folder / "networks").iterdir()) == [SCRIPT]


def test_what_no_plan_knows_is_taken_away_by_a_fresh_process(lab: Lab) -> None:
    lab.agent.converge()
    before = tables()
    serve(lab, add=[line(5)], generation=1)
    fresh(lab.namespace, lab.folder, Plans()).agent.converge()
    assert tables() == before
    assert not links.exists("brnvt0")
    assert lab.dnsmasq() == []


def test_guests_are_who_they_say_they_are(lab: Lab) -> None:
    serve(lab, add=[line(5), line(6)], generation=1)
    honest, liar = plug(lab, 5), plug(lab, 6)
    every = [Rule(cidrs=["0.0.0.0/0"])]
    compute = PacketFilters(Tables("nova-compute", families=("ip", "bridge"), lock_path=str(lab.folder)))
    compute.apply([filters(5, honest.tap, every), filters(6, liar.tap, every)])
    try:
        honest.set_address("10.9.0.5/24")
        liar.set_address("10.9.0.6/24")
        assert liar.reaches("10.9.0.5") and liar.reaches("10.9.0.1")

        liar.set_address("10.9.0.66/24")  # neither routed nor bridged, nor its ARP
        assert not liar.reaches("10.9.0.5") and not liar.reaches("10.9.0.1")
        assert "10.9.0.66" not in command("ip", "neigh", "show", "dev", "brnvt0").stdout

        liar.set_address("10.9.0.6/24")
        liar.run("ip", "link", "set", "eth0", "address", "fa:16:3e:00:00:99")
        assert not liar.reaches("10.9.0.5")
        liar.run("ip", "link", "set", "eth0", "address", liar.mac)
        assert liar.reaches("10.9.0.5")

        assert udp_arrives(liar, honest, source_port=1067)
        assert not udp_arrives(liar, honest, source_port=67)
    finally:
        honest.namespace.end()
        liar.namespace.end()


def test_security_groups_let_in_what_they_name_and_change_live(lab: Lab) -> None:
    serve(lab, add=[line(5), line(6)], generation=1)
    inside, other = plug(lab, 5), plug(lab, 6)
    kernel = CountingKernel()
    compute = PacketFilters(
        Tables("nova-compute", families=("ip", "bridge"), kernel=kernel, lock_path=str(lab.folder)),
        allow_same_net=False,
    )
    closed = [filters(5, inside.tap, []), filters(6, other.tap, [])]
    ping = Rule(protocol="icmp", from_port=8, to_port=0, cidrs=["10.9.0.6/32"])
    opened = filters(5, inside.tap, [ping])
    try:
        inside.set_address("10.9.0.5/24")
        other.set_address("10.9.0.6/24")
        compute.replace_all(closed)
        assert not other.reaches("10.9.0.5")
        assert inside.reaches("10.9.0.1")  # answers to what it asked come back
        compute.apply([opened])
        assert other.reaches("10.9.0.5")
        assert not inside.reaches("10.9.0.6")

        rules, writes = tables(), kernel.writes
        compute.apply([opened])
        compute.replace_all([opened, closed[1]])
        assert (tables(), kernel.writes) == (rules, writes)
        command("iptables", "-F")
        command("ebtables", "-t", "nat", "-F")
        compute.apply([])
        assert tables(("ebtables-save",)) in rules and not inside.reaches("10.9.0.6")

        assert compute.owners() == {line(5).server: "inst-5", line(6).server: "inst-6"}
        compute.remove(line(5).server)
        assert compute.owners() == {line(6).server: "inst-6"}
        compute.replace_all([])
        assert compute.owners() == {} and "inst-" not in tables() and "nvt" not in tables(("ebtables-save",))
    finally:
        inside.namespace.end()
        other.namespace.end()


def test_a_fresh_process_keeps_the_filters_of_guests_it_does_not_know_yet(lab: Lab) -> None:
    lab.agent.converge()
    one, two = filters(5, "tap-nvt-5", []), filters(6, "tap-nvt-6", [])
    PacketFilters(Tables("nova-compute", families=("ip", "bridge"))).apply([one, two])
    rules = tables()
    kernel = CountingKernel()
    later = PacketFilters(Tables("nova-compute", families=("ip", "bridge"), kernel=kernel))
    later.apply([two])
    assert (tables(), kernel.writes) == (rules, 0)
    assert set(later.owners()) == {one.server, two.server}


def udp_arrives(sender: PluggedGuest, receiver: PluggedGuest, *, source_port: int) -> bool:
    """Whether a datagram from a port reaches the receiver's DHCP client port."""
    listen = (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.settimeout(2)\n"
        "s.bind(('0.0.0.0', 68))\nprint('ready', flush=True)\n"
        "try:\n    print(s.recv(9))\nexcept TimeoutError:\n    print('nothing')\n"
    )
    send = (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        f"s.bind(('0.0.0.0', {source_port}))\ns.sendto(b'x', ('10.9.0.5', 68))\n"
    )
    ear = receiver.namespace.start(sys.executable, "-c", listen)
    assert ear.stdout is not None
    assert ear.stdout.readline() == "ready\n"
    sender.run(sys.executable, "-c", send)
    heard = ear.stdout.readline()
    ear.wait(timeout=10)
    ear.stdout.close()
    return heard != "nothing\n"
