"""The text of guests' filters, and which of them stand."""

from __future__ import annotations

import threading

import pytest

from nova.base import sysctl
from nova.base.iptables import LoggedKernel, Tables
from nova.compute import filterrules, filters
from nova.compute.filters import NoFilters, PacketFilters
from nova.contracts.network import Filters, FixedIp, NetworkRef, Rule, Subnet, Vif

FOUR = Subnet(cidr="10.0.0.0/24", gateway="10.0.0.1", dhcp_server="10.0.0.1")
SIX = Subnet(cidr="fd00::/64", version=6, gateway="fd00::1")
MARK = "-m comment --comment u1"


def vif(device: str = "tap1", **more) -> Vif:
    ips = more.pop("ips", [FixedIp(address="10.0.0.2", subnet=FOUR)])
    network = NetworkRef(id="n1", label="private", bridge="br100")
    return Vif(id="v1", address="fa:16:3e:00:00:01", network=network, ips=ips, device=device, **more)


def wanted(*rules: Rule, server: str = "u1", number: int = 1, vifs: list[Vif] | None = None) -> Filters:
    return Filters(server=server, number=number, vifs=[vif()] if vifs is None else vifs, rules=list(rules))


def accepted(*rules: Rule, family: str = "ip", **more) -> list[str]:
    """What rules alone let in, without the mark."""
    text = filterrules.ingress(wanted(*rules, **more), family, allow_same_net=False)
    return [rule.replace(f" {MARK} -j ACCEPT", "").replace(f"{MARK} -j ACCEPT", "any") for rule in text[2:-1]]


def test_the_order_inside_a_chain():
    rule = Rule(protocol="tcp", from_port=22, to_port=22, cidrs=["0.0.0.0/0"])
    assert filterrules.ingress(wanted(rule), "ip", allow_same_net=True) == [
        f"-m state --state INVALID {MARK} -j DROP",
        f"-m state --state RELATED,ESTABLISHED {MARK} -j ACCEPT",
        f"-s 10.0.0.1/32 -p udp -m udp --sport 67 --dport 68 {MARK} -j ACCEPT",
        f"-s 10.0.0.0/24 {MARK} -j ACCEPT",
        f"-p tcp -m tcp --dport 22 {MARK} -j ACCEPT",
        f"{MARK} -j $sg-fallback",
    ]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule(protocol="tcp", from_port=1, to_port=99, cidrs=["10.1.2.3/16"]),
         ["-s 10.1.0.0/16 -p tcp -m multiport --dports 1:99"]),
        (Rule(protocol="udp", from_port=53, to_port=53, cidrs=["10.1.2.3/32", "10.1.2.4/32"]),
         ["-s 10.1.2.3/32 -p udp -m udp --dport 53", "-s 10.1.2.4/32 -p udp -m udp --dport 53"]),
        (Rule(protocol="tcp", cidrs=["10.1.2.3/32"]), ["-s 10.1.2.3/32 -p tcp"]),
        (Rule(protocol="icmp", from_port=-1, to_port=-1, cidrs=["0.0.0.0/0"]), ["-p icmp"]),
        (Rule(protocol="icmp", from_port=8, to_port=-1, cidrs=["0.0.0.0/0"]), ["-p icmp -m icmp --icmp-type 8"]),
        (Rule(protocol="icmp", from_port=3, to_port=4, cidrs=["0.0.0.0/0"]), ["-p icmp -m icmp --icmp-type 3/4"]),
        (Rule(cidrs=["0.0.0.0/0"]), ["any"]),
        (Rule(protocol="tcp", from_port=1, to_port=2, cidrs=["fd00::/8"]), []),
        (Rule(protocol="tcp", from_port=1, to_port=2, cidrs=[]), []),
    ],
)  # fmt: skip
def test_rules_of_version_4(rule, text):
    assert accepted(rule)[1:] == text


def test_rules_of_version_6():
    ips = [FixedIp(address="fd00::2", subnet=SIX)]
    rules = [
        Rule(protocol="icmp", from_port=128, to_port=0, cidrs=["::/0", "0.0.0.0/0"]),
        Rule(protocol="icmp", from_port=-1, to_port=-1, cidrs=["fd00::/8"]),
        Rule(protocol="tcp", from_port=22, to_port=22, cidrs=["2001:db8:0:0::/32"]),
    ]
    assert accepted(*rules, family="ip6", vifs=[vif(ips=ips)]) == [
        "-s fd00::1/128 -p ipv6-icmp",
        "-p ipv6-icmp -m icmp6 --icmpv6-type 128/0",
        "-s fd00::/8 -p ipv6-icmp",
        "-s 2001:db8::/32 -p tcp -m tcp --dport 22",
    ]


def test_each_address_leads_to_the_chain():
    ips = [FixedIp(address="10.0.0.2", subnet=FOUR), FixedIp(address="fd00::2", subnet=SIX)]
    both = wanted(vifs=[vif(ips=ips)])
    assert filterrules.jumps(both, "ip") == [f"-d 10.0.0.2/32 {MARK} -j $inst-1"]
    assert filterrules.jumps(both, "ip6") == [f"-d fd00::2/128 {MARK} -j $inst-1"]


def test_the_guard_names_its_tap_in_every_rule_and_ends_in_drop():
    ips = [FixedIp(address="10.0.0.2", subnet=FOUR), FixedIp(address="fd00::2", subnet=SIX)]
    rules = filterrules.guard(wanted(vifs=[vif("tap1", ips=ips), vif("tap2")]))
    assert all("-i tap1 " in rule or "-i tap2 " in rule for rule in rules)
    first = [rule for rule in rules if "-i tap1 " in rule]
    assert first[0] == "-s ! fa:16:3e:00:00:01 -i tap1 -j DROP"
    assert first[-1] == "-i tap1 -j DROP"
    assert "-p ARP -i tap1 --arp-ip-src 10.0.0.2 -j RETURN" in first
    assert "-p IPv6 -i tap1 --ip6-src fd00::2 -j RETURN" in first
    assert not any("IPv6" in rule for rule in rules if "-i tap2 " in rule)
    as_itself = first.index("-p IPv4 -i tap1 --ip-src 10.0.0.2 -j RETURN")
    assert first.index("-p IPv4 -i tap1 --ip-proto udp --ip-sport 67 -j DROP") < as_itself
    assert first.index("-p IPv4 -i tap1 --ip-proto udp --ip-dport 68 -j DROP") < as_itself


def test_what_passes_the_guard_still_meets_the_rules_of_others():
    """An ACCEPT would end the table: nova-network could not take such a frame out of its bridge."""
    assert not any("ACCEPT" in rule for rule in filterrules.guard(wanted()))


def test_a_guest_speaks_version_6_only_where_version_6_is_filtered():
    ips = [FixedIp(address="10.0.0.2", subnet=FOUR), FixedIp(address="fd00::2", subnet=SIX)]
    assert not any("IPv6" in rule for rule in filterrules.guard(wanted(vifs=[vif(ips=ips)]), versions=(4,)))


@pytest.fixture
def kernel() -> LoggedKernel:
    return LoggedKernel()


@pytest.fixture
def guarded(kernel, tmp_path, monkeypatch) -> PacketFilters:
    monkeypatch.setattr(sysctl, "ROOT", tmp_path)
    return PacketFilters(Tables("nova-compute", families=("ip", "bridge"), kernel=kernel))


def test_removing_a_server_takes_its_guard_too(guarded, kernel):
    other = wanted(server="u2", number=2, vifs=[vif("tap2")])
    guarded.apply([wanted(), other])
    assert guarded.owners() == {"u1": "inst-1", "u2": "inst-2"}
    guarded.remove("u1")
    assert guarded.owners() == {"u2": "inst-2"}
    assert "tap1" not in kernel.save("bridge") and "tap2" in kernel.save("bridge")
    guarded.remove("u1")


def test_the_last_server_takes_the_shared_rules_with_it(guarded, kernel):
    guarded.apply([wanted(), wanted(server="u2", number=2, vifs=[vif("tap2")])])
    assert filterrules.DHCP_REQUEST in kernel.save("ip")
    guarded.remove("u2")
    assert filterrules.DHCP_REQUEST in kernel.save("ip")
    guarded.remove("u1")
    assert guarded.owners() == {} and filterrules.DHCP_REQUEST not in kernel.save("ip")


def test_a_server_whose_taps_changed_keeps_no_rule_of_the_old(guarded, kernel):
    guarded.apply([wanted(vifs=[vif("tap1"), vif("tap9")])])
    guarded.apply([wanted(vifs=[vif("tap1")])])
    assert "tap9" not in kernel.save("bridge")


class Hurried(Tables):
    """Tables that another thread applies before each change."""

    hurry = False

    def set_chain(self, *words, **more) -> None:
        if self.hurry:
            other = threading.Thread(target=self.apply)
            other.start()
            other.join(0.2)
        super().set_chain(*words, **more)


def test_a_guest_is_never_open_while_its_filters_change(kernel, tmp_path, monkeypatch):
    monkeypatch.setattr(sysctl, "ROOT", tmp_path)
    tables = Hurried("nova-compute", families=("ip", "bridge"), kernel=kernel)
    guarded = PacketFilters(tables)
    guarded.apply([wanted()])
    open_at = []
    restore = kernel.restore
    kernel.restore = lambda family, text: (
        open_at.append(text) if "inst-1" not in text else None,
        restore(family, text),
    )
    tables.hurry = True
    guarded.apply([wanted(Rule(protocol="tcp", cidrs=["0.0.0.0/0"]))])
    guarded.apply([wanted()])
    assert open_at == []


def test_a_fresh_process_tells_and_removes_what_an_earlier_one_made(guarded, kernel):
    guarded.apply([wanted()])
    later = PacketFilters(Tables("nova-compute", families=("ip", "bridge"), kernel=kernel))
    assert later.owners() == {"u1": "inst-1"}
    later.remove("u1")
    assert later.owners() == {} and "tap1" not in kernel.save("bridge")


class Settings:
    firewall_driver = filters.NOOP


def test_who_filters():
    assert isinstance(filters.from_settings(Settings(), filters_packets=True), NoFilters)
    Settings.firewall_driver = None
    assert isinstance(filters.from_settings(Settings(), filters_packets=False), NoFilters)
    assert NoFilters().owners() == {}
