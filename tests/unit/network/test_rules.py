"""The rules of a network."""

from __future__ import annotations

from dataclasses import replace

from nova.network.linux import rules
from nova.network.linux.rules import RoutingSettings
from tests.unit.network.factories import make_network

SETTINGS = RoutingSettings(
    metadata_host="192.0.2.5", metadata_port=8775, public_interface="eth0", source="192.0.2.5", dmz=("10.128.0.0/24",)
)
MARK = "-m comment --comment n1"


def made(settings: RoutingSettings = SETTINGS, *, dhcp: bool = True, **facts):
    found = rules.of_network(make_network(**facts), "br100", settings, dhcp=dhcp)
    return {key: [rule.replace(f" {MARK}", "") for rule in text] for key, text in found.items()}


def test_a_usual_network():
    assert made() == {
        ("ip", "nat", "snat"): ["-s 10.0.0.0/24 -o eth0 -j SNAT --to-source 192.0.2.5"],
        ("ip", "nat", "POSTROUTING"): [
            "-s 10.0.0.0/24 -d 192.0.2.5/32 -j ACCEPT",
            "-s 10.0.0.0/24 -d 10.128.0.0/24 -j ACCEPT",
            "-s 10.0.0.0/24 -d 10.0.0.0/24 -m conntrack ! --ctstate DNAT -j ACCEPT",
        ],
        ("ip", "filter", "FORWARD"): ["-i br100 -j ACCEPT", "-o br100 -j ACCEPT"],
        ("ip", "filter", "INPUT"): [
            "-i br100 -p udp -m udp --dport 67 -j ACCEPT",
            "-i br100 -p tcp -m tcp --dport 67 -j ACCEPT",
            "-i br100 -p udp -m udp --dport 53 -j ACCEPT",
            "-i br100 -p tcp -m tcp --dport 53 -j ACCEPT",
        ],
        ("ip", "mangle", "POSTROUTING"): ["-o br100 -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill"],
        ("bridge", "nat", "PREROUTING"): [],
    }


def test_every_rule_of_iptables_carries_the_networks_uuid():
    found = rules.of_network(make_network(), "br100", SETTINGS, dhcp=True)
    assert all(MARK in rule for (family, *_), text in found.items() if family == "ip" for rule in text)


def test_the_way_to_the_metadata_service():
    key = ("ip", "nat", "PREROUTING")
    match = "-d 169.254.169.254/32 -p tcp -m tcp --dport 80"
    assert rules.of_host(SETTINGS)[key] == [f"{match} -j DNAT --to-destination 192.0.2.5:8775"]
    local = replace(SETTINGS, metadata_host="127.0.0.1")
    assert rules.of_host(local)[key] == [f"{match} -j REDIRECT --to-ports 8775"]


def test_the_door_to_a_metadata_service_on_this_host():
    accept = "-p tcp -m tcp --dport 8775"
    assert ("ip", "filter", "INPUT") not in rules.of_host(SETTINGS)
    here = replace(SETTINGS, metadata_here=True)
    assert rules.of_host(here)["ip", "filter", "INPUT"] == [f"-d 192.0.2.5/32 {accept} -j ACCEPT"]
    local = replace(here, metadata_host="127.0.0.1")
    assert rules.of_host(local)["ip", "filter", "INPUT"] == [f"{accept} -m addrtype --dst-type LOCAL -j ACCEPT"]
    assert rules.of_host(replace(here, metadata_host="fd00::5")) == {
        ("ip6", "filter", "INPUT"): [f"-d fd00::5/128 {accept} -j ACCEPT"]
    }


def test_version_4_is_not_led_to_a_service_that_has_only_version_6():
    found = made(replace(SETTINGS, metadata_host="fd00::5"))
    assert not any("fd00" in rule for text in found.values() for rule in text)


def test_a_network_of_version_6_alone_is_forwarded():
    found = made(cidr=None, gateway=None, dhcp=False, gateway_v6="fd00::1")
    assert found["ip", "nat", "snat"] == found["ip", "nat", "POSTROUTING"] == []
    assert found["ip", "filter", "FORWARD"] == ["-i br100 -j ACCEPT", "-o br100 -j ACCEPT"]


def test_named_interfaces_and_no_others():
    found = made(replace(SETTINGS, forward_to=("eth1",), drop="REJECT"))["ip", "filter", "FORWARD"]
    refused = "REJECT --reject-with icmp-port-unreachable"
    assert found == [
        "-i br100 -o eth1 -j ACCEPT",
        "-i eth1 -o br100 -j ACCEPT",
        "-i br100 -o br100 -j ACCEPT",
        f"-i br100 -j {refused}",
        f"-o br100 -j {refused}",
    ]


def test_without_a_gateway_nothing_is_forwarded():
    assert made(gateway=None)["ip", "filter", "FORWARD"] == ["-i br100 -j DROP", "-o br100 -j DROP"]


def test_a_gateway_elsewhere_translates_only_what_is_forced():
    settings = replace(SETTINGS, force_snat=("0.0.0.0/0", "198.51.100.7/24"))
    found = made(settings, gateway="10.0.0.254")
    assert found["ip", "nat", "snat"] == [
        "-s 10.0.0.0/24 -j SNAT --to-source 192.0.2.5",
        "-s 10.0.0.0/24 -d 198.51.100.0/24 -j SNAT --to-source 192.0.2.5",
    ]
    assert len(found["bridge", "nat", "PREROUTING"]) == 2


def test_no_source_address_means_no_translation_and_no_dhcp_no_door():
    found = made(replace(SETTINGS, source=""), dhcp=False)
    assert found["ip", "nat", "snat"] == []
    assert ("ip", "filter", "INPUT") not in found
