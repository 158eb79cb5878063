"""The packet filters of guests in a real kernel: what guests may send, and what reaches them and their host."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import structs

from nova.base.iptables import Tables
from nova.compute.filters import PacketFilters
from nova.contracts.network import Filters, FixedIp, Rule, Subnet
from tests.lab.namespaces import PluggedGuest, command, tables
from tests.lab.network_host import MARKS, CountingKernel, Lab, ask_for_address, filters, line, plug, serve

pytestmark = MARKS


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

        assert udp_arrives(liar, honest, source=1067, to=5000)
        assert not udp_arrives(liar, honest, source=67, to=5000)
        # Some DHCP clients take an answer from any port.
        assert not udp_arrives(liar, honest, source=1067, to=68)
    finally:
        honest.namespace.end()
        liar.namespace.end()


def test_guests_are_who_they_say_they_are_in_version_6_too(lab: Lab) -> None:
    serve(lab, add=[line(5), line(6)], generation=1)
    honest, liar = plug(lab, 5), plug(lab, 6)
    every = [Rule(cidrs=["::/0"])]
    families = ("ip", "ip6", "bridge")
    compute = PacketFilters(Tables("nova-compute", families=families, lock_path=str(lab.folder)))
    compute.apply([filters_v6(5, honest.tap, every), filters_v6(6, liar.tap, every)])
    try:
        honest.set_address("fd00:9::5/64", "nodad")
        liar.set_address("fd00:9::6/64", "nodad")
        assert wait_reaches(liar, "fd00:9::5")
        liar.set_address("fd00:9::66/64", "nodad")
        assert not liar.reaches("fd00:9::5")
        liar.set_address("fd00:9::6/64", "nodad")
        assert icmp6_arrives(liar, honest, kind=128)
        for advertisement_or_redirect in (134, 137):
            assert not icmp6_arrives(liar, honest, kind=advertisement_or_redirect)
        # A host that filters no version 6 lets none pass.
        older = PacketFilters(Tables("nova-compute", families=("ip", "bridge"), lock_path=str(lab.folder)))
        older.apply([filters_v6(6, liar.tap, every)])
        assert not liar.reaches("fd00:9::5")
    finally:
        honest.namespace.end()
        liar.namespace.end()


def test_where_the_operator_closes_the_host_guests_reach_dhcp_names_and_metadata_alone(lab: Lab) -> None:
    serve(lab, add=[line(5)], generation=1)
    guest = plug(lab, 5)
    compute = PacketFilters(Tables("nova-compute", families=("ip", "bridge"), lock_path=str(lab.folder)))
    compute.apply([filters(5, guest.tap, [])])
    metadata, other = "http://169.254.169.254/", "http://10.9.0.1:5672/"
    try:
        with served(lab, 8775), served(lab, 5672):
            assert ask_for_address(guest, lab.folder) == "10.9.0.5"
            assert fetches(guest, metadata) and fetches(guest, other) and guest.reaches("10.9.0.1")
            command("iptables", "-P", "INPUT", "DROP")
            guest.run("ip", "addr", "flush", "dev", "eth0")
            (lab.folder / f"{guest.tap}.address").unlink()
            assert ask_for_address(guest, lab.folder) == "10.9.0.5"
            asked = guest.run("busybox", "nslookup", "-type=a", "guest-5.novalocal", "10.9.0.1", check=False)
            assert "10.9.0.5" in asked.stdout, asked
            assert fetches(guest, metadata)
            assert not fetches(guest, other) and not guest.reaches("10.9.0.1")
    finally:
        guest.namespace.end()


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
        compute.apply(closed)
        assert not other.reaches("10.9.0.5")
        assert inside.reaches("10.9.0.1")  # answers to what it asked come back
        compute.apply([opened])
        assert other.reaches("10.9.0.5")
        assert not inside.reaches("10.9.0.6")

        rules, writes = tables(), kernel.writes
        compute.apply([opened])
        compute.apply([opened, closed[1]])
        assert (tables(), kernel.writes) == (rules, writes)
        command("iptables", "-F")
        command("ebtables", "-t", "nat", "-F")
        compute.apply([])
        assert tables(("ebtables-save",)) in rules and not inside.reaches("10.9.0.6")

        assert compute.owners() == {line(5).server: "inst-5", line(6).server: "inst-6"}
        compute.remove(line(5).server)
        assert compute.owners() == {line(6).server: "inst-6"}
        compute.remove(line(6).server)
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


def filters_v6(number: int, tap: str, rules: list[Rule]) -> Filters:
    """A guest that has an address of version 6 beside the other."""
    both = filters(number, tap, rules)
    (vif,) = both.vifs
    six = FixedIp(address=f"fd00:9::{number}", subnet=Subnet(cidr="fd00:9::/64", version=6))
    return structs.replace(both, vifs=[structs.replace(vif, ips=[*vif.ips, six])])


def udp_arrives(sender: PluggedGuest, receiver: PluggedGuest, *, source: int, to: int) -> bool:
    """Whether a datagram from one port reaches another of the receiver."""
    listen = (
        f"s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('0.0.0.0', {to}))\nheard = lambda: s.recv(9)"
    )
    send = (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        f"s.bind(('0.0.0.0', {source}))\ns.sendto(b'x', ('10.9.0.5', {to}))\n"
    )
    return hears(receiver, listen, lambda: sender.run(sys.executable, "-c", send))


def icmp6_arrives(sender: PluggedGuest, receiver: PluggedGuest, *, kind: int) -> bool:
    """Whether an ICMPv6 message of a type reaches the receiver."""
    raw = "socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)"
    listen = (
        f"s = {raw}\ndef heard():\n    while True:\n"
        f"        message = s.recv(99)\n        if message[0] == {kind}:\n            return message"
    )
    send = (
        f"import socket\ns = {raw}\ns.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)\n"
        f"s.sendto(bytes([{kind}]) + bytes(39), ('fd00:9::5', 0))\n"
    )
    return hears(receiver, listen, lambda: sender.run(sys.executable, "-c", send))


def hears(receiver: PluggedGuest, listen: str, send: Callable[[], object]) -> bool:
    """Run a few lines in the receiver that define `heard`, then `send`: whether anything came in two seconds."""
    script = (
        "import socket, signal\n"
        f"{listen}\nprint('ready', flush=True)\ns.settimeout(2)\nsignal.alarm(3)\n"
        "try:\n    heard()\n    print('heard')\nexcept TimeoutError:\n    print('nothing')\n"
    )
    ear = receiver.namespace.start(sys.executable, "-c", script)
    assert ear.stdout is not None
    assert ear.stdout.readline() == "ready\n"
    send()
    answer = ear.stdout.readline()
    ear.wait(timeout=10)
    ear.stdout.close()
    return answer == "heard\n"


def wait_reaches(guest: PluggedGuest, address: str) -> bool:
    """Whether it is reached within some tries: a fresh address of version 6 takes a moment."""
    return any(guest.reaches(address) for _ in range(5))


@contextmanager
def served(lab: Lab, port: int) -> Iterator[None]:
    """A web server on the host's address in the network."""
    argv = [sys.executable, "-m", "http.server", "--bind", "10.9.0.1", "--directory", str(lab.folder), str(port)]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("10.9.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        server.kill()
        server.wait()


def fetches(guest: PluggedGuest, url: str) -> bool:
    """Whether the guest gets an answer over HTTP."""
    return guest.run("timeout", "3", "busybox", "wget", "-q", "-O", "-", url, check=False).returncode == 0
