"""Networks are cut from ranges as operators expect, and never over one another."""

import ipaddress

import pytest

from nova.conductor.network_cuts import Taken, cut
from nova.contracts.cloud_network import NewNetworks
from nova.contracts.errors import BadRequest, Conflict


def taken(*cidrs, vlans=()):
    ranges = [ipaddress.ip_network(cidr) for cidr in cidrs]
    return Taken(
        v4=[each for each in ranges if each.version == 4],
        v6=[each for each in ranges if each.version == 6],
        vlans=frozenset(vlans),
    )


def wish(**values):
    return NewNetworks(**{"label": "net", "manager": "flatdhcp", "cidr": "10.0.0.0/24", "bridge": "br100"} | values)


def vlan_wish(**values):
    return wish(**{"manager": "vlan", "bridge": None, "bridge_interface": "eth1", "vlan_start": 100} | values)


def test_a_flat_network():
    (made,) = cut(wish(), taken(), 0)
    expected = {
        "label": "net",
        "cidr": "10.0.0.0/24",
        "gateway": "10.0.0.1",
        "dhcp_server": "10.0.0.1",
        "dhcp_start": "10.0.0.2",
        "netmask": "255.255.255.0",
        "broadcast": "10.0.0.255",
        "bridge": "br100",
        "vlan": None,
    }
    assert {name: made.row[name] for name in expected} == expected
    assert len(made.addresses) == 256
    assert [address for address, reserved in made.addresses if reserved] == ["10.0.0.0", "10.0.0.1", "10.0.0.255"]


def test_several_are_numbered_and_go_around_what_is_there():
    made = cut(wish(cidr="10.0.0.0/22", count=3, size=256), taken("10.0.1.0/25", "192.168.0.0/16"), 0)
    assert [network.row["label"] for network in made] == ["net_0", "net_1", "net_2"]
    assert [network.row["cidr"] for network in made] == ["10.0.0.0/24", "10.0.2.0/24", "10.0.3.0/24"]


@pytest.mark.parametrize("other", ["10.0.0.0/24", "10.0.0.0/8", "10.0.0.128/25"])
def test_overlaps_are_a_conflict(other):
    with pytest.raises(Conflict, match=other):
        cut(wish(), taken(other), 0)


def test_a_size_becomes_the_next_power_of_two():
    (made,) = cut(wish(cidr="10.0.0.0/16", size=100), taken(), 0)
    assert made.row["cidr"] == "10.0.0.0/25"
    (whole,) = cut(wish(cidr="10.0.0.0/27"), taken(), 0)
    assert whole.row["cidr"] == "10.0.0.0/27"


def test_vlans_count_up_and_pass_over_used_ones():
    made = cut(vlan_wish(cidr="10.0.0.0/16", count=3), taken(vlans=[101]), 2)
    assert [network.row["vlan"] for network in made] == [100, 102, 103]
    assert [network.row["bridge"] for network in made] == [f"br{network.row['vlan']}" for network in made]
    assert [network.row["vpn_public_port"] for network in made] == [1000, 1001, 1002]
    first = made[0]
    assert (first.row["vpn_private_address"], first.row["dhcp_start"]) == ("10.0.0.2", "10.0.0.3")
    assert sum(reserved for _, reserved in first.addresses) == 3 + 1 + 2


def test_a_used_vlan_is_a_conflict():
    with pytest.raises(Conflict, match="vlan with id 7"):
        cut(vlan_wish(vlan=7), taken(vlans=[7]), 0)


def test_a_part_may_be_kept_for_servers():
    (made,) = cut(wish(allowed_start="10.0.0.100", allowed_end="10.0.0.102"), taken(), 0)
    assert [address for address, reserved in made.addresses if not reserved] == [
        "10.0.0.100",
        "10.0.0.101",
        "10.0.0.102",
    ]
    (made,) = cut(wish(fixed_cidr="10.0.0.32/30", gateway="10.0.0.33"), taken(), 0)
    assert made.addresses == [
        ("10.0.0.32", False),
        ("10.0.0.33", True),
        ("10.0.0.34", False),
        ("10.0.0.35", False),
    ]


def test_both_families():
    made = cut(wish(cidr="10.0.0.0/23", cidr_v6="fd00::/48", count=2), taken("fd00::/64"), 0)
    assert [network.row["cidr_v6"] for network in made] == ["fd00:0:0:1::/64", "fd00:0:0:2::/64"]
    assert made[0].row["gateway_v6"] == "fd00:0:0:1::1"


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("no network manager", {"manager": "none"}),
        ("needs an IPv4 or an IPv6 range", {"cidr": None}),
        ("cidr x is not a range", {"cidr": "x"}),
        ("needs a bridge", {"bridge": None}),
        ("needs bridge_interface", {"manager": "vlan", "vlan_start": 1}),
        ("needs vlan or vlan_start", {"manager": "vlan", "bridge_interface": "eth1"}),
        ("between 1 and 4094", {"manager": "vlan", "bridge_interface": "eth1", "vlan_start": 4094, "count": 2}),
        ("not big enough", {"count": 2}),
        ("at least 1", {"count": 0}),
        ("Only one network", {"count": 2, "gateway": "10.0.0.1", "size": 16}),
        ("too small", {"cidr": "10.0.0.0/31"}),
        ("At most", {"cidr": "10.0.0.0/8", "size": 1 << 24}),
        ("gateway 10.1.0.1 is not inside", {"gateway": "10.1.0.1"}),
        ("dhcp_server x is not an address", {"dhcp_server": "x"}),
        ("fixed_cidr 10.1.0.0/30 is not inside", {"fixed_cidr": "10.1.0.0/30"}),
        ("allowed_start must not", {"allowed_start": "10.0.0.9", "allowed_end": "10.0.0.8"}),
        ("does not hold", {"cidr_v6": "fd00::/80"}),
        ("label", {"label": ""}),
        ("bridge ../x is not a device", {"bridge": "../x"}),
        ("bridge br1234567890abcd is not a device", {"bridge": "br1234567890abcd"}),
        ("bridge_interface eth0 x is not a device", {"bridge_interface": "eth0 x"}),
        ("dns1 x is not an address", {"dns1": "x"}),
        ("dns2 8.8.8 is not an address", {"dns2": "8.8.8"}),
        ("gateway_v6 10.0.0.1 is not an address of IPv6", {"cidr_v6": "fd00::/64", "gateway_v6": "10.0.0.1"}),
        ("uuid x is not a uuid", {"uuid": "x"}),
        ("mtu must be", {"mtu": 10}),
        ("at least 4 addresses", {"size": -5}),
    ],
)
def test_what_makes_no_sense_is_refused(words, values):
    with pytest.raises(BadRequest, match=words):
        cut(wish(**values), taken(), 0)
