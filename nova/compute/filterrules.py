"""The text of guests' packet filters, in the words in which iptables-save and ebtables-save give them back."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container, Iterator

from nova.contracts.network import Filters, Rule, Subnet, Vif

FAMILIES = {"ip": 4, "ip6": 6}
FALLBACK = "sg-fallback"
DHCP_REQUEST = "-s 0.0.0.0/32 -d 255.255.255.255/32 -p udp -m udp --sport 68 --dport 67 -j ACCEPT"
_CHAIN = re.compile(r"inst-\d+")
ANYWHERE = ("0.0.0.0/0", "::/0")
LINK_LOCAL = "fe80::/64"


def chain(number: int) -> str:
    """The short name of a server's chain; `number` is its small id."""
    return f"inst-{number}"


def is_chain(name: str) -> bool:
    """Whether a chain is a server's."""
    return _CHAIN.fullmatch(name) is not None


def jumps(filters: Filters, family: str) -> list[str]:
    """What leads to the server's chain: one rule for each of its addresses."""
    return [
        f"-d {ipaddress.ip_network(ip.address)} {_mark(filters)} -j ${chain(filters.number)}"
        for vif in filters.vifs
        for ip in vif.ips
        if ip.subnet.version == FAMILIES[family]
    ]


def ingress(filters: Filters, family: str, *, allow_same_net: bool) -> list[str]:
    """The server's chain: what may reach it, ending with all else dropped."""
    version = FAMILIES[family]
    mark = _mark(filters)
    accepted = [*_from_network(filters, version, allow_same_net)]
    for rule in filters.rules:
        accepted.extend(_from_rule(rule, version))
    return [
        f"-m state --state INVALID {mark} -j DROP",
        f"-m state --state RELATED,ESTABLISHED {mark} -j ACCEPT",
        *(" ".join(f"{match} {mark} -j ACCEPT".split()) for match in accepted),
        f"{mark} -j ${FALLBACK}",
    ]


def entries(filters: Filters) -> list[str]:
    """What leads frames of the server's taps to its guard."""
    return [f"-i {vif.device} -j ${chain(filters.number)}" for vif in filters.vifs]


def guard(filters: Filters, versions: Container[int] = (4, 6)) -> list[str]:
    """What the server's taps may send: as themselves, and nothing but IP, ARP and what announces a move.

    `versions` of IP are those that security groups filter here: no guest speaks another. What may pass returns to
    the table, where others may still want to look at it.
    """
    return [rule for vif in filters.vifs for rule in _guard_of(vif, versions)]


def _guard_of(vif: Vif, versions: Container[int]) -> Iterator[str]:
    tap = f"-i {vif.device}"
    ips = [ip for ip in vif.ips if ip.subnet.version in versions]
    addresses = {version: [ip.address for ip in ips if ip.subnet.version == version] for version in (4, 6)}
    yield f"-s ! {vif.address} {tap} -j DROP"
    yield f"-p ARP {tap} --arp-mac-src ! {vif.address} -j DROP"
    # A probe for an address's other users comes from no address.
    for address in ("0.0.0.0", *addresses[4]):  # noqa: S104 - not an address to listen on
        yield f"-p ARP {tap} --arp-ip-src {address} -j RETURN"
    # Some DHCP clients look only at the port that a packet goes to: no guest sends to it, from whatever port.
    yield f"-p IPv4 {tap} --ip-proto udp --ip-sport 67 -j DROP"
    yield f"-p IPv4 {tap} --ip-proto udp --ip-dport 68 -j DROP"
    yield f"-p IPv4 {tap} --ip-src 0.0.0.0 --ip-proto udp --ip-sport 68 --ip-dport 67 -j RETURN"
    for address in addresses[4]:
        yield f"-p IPv4 {tap} --ip-src {address} -j RETURN"
    if addresses[6]:
        yield f"-p IPv6 {tap} --ip6-proto ipv6-icmp --ip6-icmp-type router-advertisement -j DROP"
        yield f"-p IPv6 {tap} --ip6-proto ipv6-icmp --ip6-icmp-type redirect -j DROP"
        yield f"-p IPv6 {tap} --ip6-proto udp --ip6-sport 547 -j DROP"
        yield f"-p IPv6 {tap} --ip6-proto udp --ip6-dport 546 -j DROP"
        for source in (*addresses[6], LINK_LOCAL):
            yield f"-p IPv6 {tap} --ip6-src {source} -j RETURN"
        yield f"-p IPv6 {tap} --ip6-src :: --ip6-proto ipv6-icmp -j RETURN"
    # A hypervisor announces a guest that moved to it by RARP.
    yield f"-p RARP {tap} -j RETURN"
    yield f"{tap} -j DROP"


def _from_network(filters: Filters, version: int, allow_same_net: bool) -> Iterator[str]:
    """What the server's own networks must always be able to send it."""
    subnets = {ip.subnet.cidr: ip.subnet for vif in filters.vifs for ip in vif.ips if ip.subnet.version == version}
    yield from dict.fromkeys(server for subnet in subnets.values() for server in _servers(subnet))
    if allow_same_net:
        for cidr in subnets:
            yield _source(cidr)


def _servers(subnet: Subnet) -> Iterator[str]:
    if subnet.version == 4 and subnet.dhcp_server:
        yield f"-s {subnet.dhcp_server}/32 -p udp -m udp --sport 67 --dport 68"
    if subnet.version == 6 and subnet.gateway:
        yield f"-s {subnet.gateway}/128 -p ipv6-icmp"


def _from_rule(rule: Rule, version: int) -> Iterator[str]:
    match = _protocol(rule, version)
    for cidr in rule.cidrs:
        if ipaddress.ip_network(cidr, strict=False).version == version:
            yield f"{_source(cidr)} {match}"


def _source(cidr: str) -> str:
    network = str(ipaddress.ip_network(cidr, strict=False))
    return "" if network in ANYWHERE else f"-s {network}"


def _protocol(rule: Rule, version: int) -> str:
    if rule.protocol is None:
        return ""
    if rule.protocol == "icmp":
        return _icmp(rule, version)
    ports = (rule.from_port, rule.to_port)
    match = f"-p {rule.protocol}"
    if rule.protocol not in ("tcp", "udp") or None in ports or -1 in ports:
        return match
    if rule.from_port == rule.to_port:
        return f"{match} -m {rule.protocol} --dport {rule.from_port}"
    return f"{match} -m multiport --dports {rule.from_port}:{rule.to_port}"


def _icmp(rule: Rule, version: int) -> str:
    name, match, option = ("icmp", "icmp", "--icmp-type") if version == 4 else ("ipv6-icmp", "icmp6", "--icmpv6-type")
    if rule.from_port in (None, -1):
        return f"-p {name}"
    code = f"/{rule.to_port}" if rule.to_port not in (None, -1) else ""
    return f"-p {name} -m {match} {option} {rule.from_port}{code}"


def _mark(filters: Filters) -> str:
    return f"-m comment --comment {filters.server}"
