"""What dnsmasq reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nova.network.linux import dhcptext
from nova.network.linux.dhcptext import DhcpSettings
from tests.unit.network.factories import make_line, make_network

SETTINGS = DhcpSettings(folder=Path("/n"), domain="novalocal", lease_time=600, script="/n/script")
SINGLE = replace(SETTINGS, single_default_gateway=True)


def test_a_line_for_each_mac_in_order():
    assert dhcptext.hosts([make_line(6), make_line(5)], SETTINGS) == (
        "fa:16:3e:00:00:05,guest-5.novalocal,10.0.0.5\nfa:16:3e:00:00:06,guest-6.novalocal,10.0.0.6\n"
    )
    assert dhcptext.hosts([make_line(5)], SINGLE).endswith(",10.0.0.5,net:NW-v5\n")


def test_a_name_cannot_become_another_field_or_line():
    hostile = make_line(5, hostname="a,10.0.0.9\nfa:16:3e:00:00:09,b")
    text = dhcptext.hosts([hostile], SETTINGS)
    assert text.count("\n") == 1 and text.count(",") == 2


def test_a_long_name_is_cut():
    name = dhcptext.hosts([make_line(5, hostname="ab" + "c" * 70)], SETTINGS).split(",")[1].split(".")[0]
    assert name == "ab-" + "c" * 60


def test_options_tell_the_gateway():
    lines = [make_line(5), make_line(6, default_route=False)]
    assert dhcptext.options(lines, "10.0.0.1", SETTINGS) == "3,10.0.0.1\n"
    assert dhcptext.options(lines, "10.0.0.1", SINGLE) == "NW-v5,3,10.0.0.1\nNW-v6,3\n"


def test_the_command_line():
    assert dhcptext.command(make_network(label="my net, \n"), "br100", "10.0.0.1", SETTINGS) == [
        "dnsmasq",
        "--strict-order",
        "--bind-interfaces",
        "--conf-file=",
        "--pid-file=/n/nova-br100.pid",
        "--dhcp-optsfile=/n/nova-br100.opts",
        "--listen-address=10.0.0.1",
        "--except-interface=lo",
        "--dhcp-range=set:my_net___,10.0.0.2,static,255.255.255.0,600s",
        "--dhcp-lease-max=256",
        "--dhcp-hostsfile=/n/nova-br100.conf",
        "--dhcp-script=/n/script",
        "--no-hosts",
        "--leasefile-ro",
        "--domain=novalocal",
    ]


def test_name_servers():
    settings = replace(SETTINGS, dns_servers=("9.9.9.9",), use_network_dns=True)
    argv = dhcptext.command(make_network(dns1="8.8.8.8"), "br100", "10.0.0.1", settings)
    assert argv[-3:] == ["--no-resolv", "--server=9.9.9.9", "--server=8.8.8.8"]


def test_a_lease():
    assert dhcptext.lease(make_line(5), 1000) == "1000 fa:16:3e:00:00:05 10.0.0.5 guest-5 *"
    assert dhcptext.lease(make_line(5, hostname=""), 1000) == "1000 fa:16:3e:00:00:05 10.0.0.5 * *"
