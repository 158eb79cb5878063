"""The iptables rules of a network, in the words in which iptables-save gives them back."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from nova.contracts.network import Network

Rules = dict[tuple[str, str, str], list[str]]
"""{(family, table, chain): rules}."""

METADATA_ADDRESS = "169.254.169.254/32"
LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class RoutingSettings:
    """What of the settings goes into rules; `metadata_here`: nova-api-metadata answers on this host."""

    metadata_host: str
    metadata_port: int
    metadata_here: bool = False
    public_interface: str = ""
    source: str = ""
    dmz: tuple[str, ...] = ()
    force_snat: tuple[str, ...] = ()
    forward_to: tuple[str, ...] = ("all",)
    drop: str = "DROP"


def of_host(settings: RoutingSettings) -> Rules:
    """Rules that stand whatever networks there are: the way to the metadata service, and the door to it."""
    host, port = settings.metadata_host, settings.metadata_port
    version = ipaddress.ip_address(host).version
    rules: Rules = {}
    if version == 4:
        to = f"REDIRECT --to-ports {port}" if host in LOOPBACK else f"DNAT --to-destination {host}:{port}"
        rules["ip", "nat", "PREROUTING"] = [f"-d {METADATA_ADDRESS} -p tcp -m tcp --dport 80 -j {to}"]
    if settings.metadata_here:
        asked = f"-p tcp -m tcp --dport {port}"
        match = f"{asked} -m addrtype --dst-type LOCAL" if host in LOOPBACK else f"-d {_alone(host)} {asked}"
        rules["ip" if version == 4 else "ip6", "filter", "INPUT"] = [f"{match} -j ACCEPT"]
    return rules


def of_network(network: Network, device: str, settings: RoutingSettings, *, dhcp: bool) -> Rules:
    """Rules of one network on its bridge; all but those of ebtables carry its uuid."""
    mark = f"-m comment --comment {network.uuid}"
    rules: Rules = {
        ("ip", "nat", "snat"): [f"{match} {mark} {to}" for match, to in _snat(network, settings)],
        ("ip", "nat", "POSTROUTING"): [f"{match} {mark} -j ACCEPT" for match in _unchanged(network, settings)],
        ("ip", "filter", "FORWARD"): [f"{match} {mark} -j {to}" for match, to in _forward(network, device, settings)],
        ("bridge", "nat", "PREROUTING"): _to_router(network, settings),
    }
    if dhcp:
        asked = ("udp", 67), ("tcp", 67), ("udp", 53), ("tcp", 53)
        rules["ip", "filter", "INPUT"] = [
            f"-i {device} -p {name} -m {name} --dport {port} {mark} -j ACCEPT" for name, port in asked
        ]
        rules["ip", "mangle", "POSTROUTING"] = [
            f"-o {device} -p udp -m udp --dport 68 {mark} -j CHECKSUM --checksum-fill"
        ]
    return rules


def gateway_is_elsewhere(network: Network) -> bool:
    """Whether guests leave the network by a router that is not this host."""
    return bool(network.enable_dhcp and network.dhcp_server and network.dhcp_server != network.gateway)


def _snat(network: Network, settings: RoutingSettings) -> list[tuple[str, str]]:
    if not settings.source or not network.cidr:
        return []
    to = f"-j SNAT --to-source {settings.source}"
    if gateway_is_elsewhere(network):
        return [(" ".join(f"-s {network.cidr} {_destination(range_)}".split()), to) for range_ in settings.force_snat]
    out = f" -o {settings.public_interface}" if settings.public_interface else ""
    return [(f"-s {network.cidr}{out}", to)]


def _unchanged(network: Network, settings: RoutingSettings) -> list[str]:
    """What leaves the network under its sender's own address."""
    if not network.cidr:
        return []
    own, metadata = f"-s {network.cidr}", _alone(settings.metadata_host)
    return [
        *([f"{own} -d {metadata}"] if metadata.version == 4 else []),
        *(" ".join(f"{own} {_destination(range_)}".split()) for range_ in settings.dmz),
        f"{own} -d {network.cidr} -m conntrack ! --ctstate DNAT",
    ]


def _forward(network: Network, device: str, settings: RoutingSettings) -> list[tuple[str, str]]:
    drop = "REJECT --reject-with icmp-port-unreachable" if settings.drop == "REJECT" else settings.drop
    if not network.gateway and not network.gateway_v6:
        return [(f"-i {device}", drop), (f"-o {device}", drop)]
    if "all" in settings.forward_to:
        return [(f"-i {device}", "ACCEPT"), (f"-o {device}", "ACCEPT")]
    named = [
        pair
        for other in settings.forward_to
        for pair in ((f"-i {device} -o {other}", "ACCEPT"), (f"-i {other} -o {device}", "ACCEPT"))
    ]
    return [*named, (f"-i {device} -o {device}", "ACCEPT"), (f"-i {device}", drop), (f"-o {device}", drop)]


def _to_router(network: Network, settings: RoutingSettings) -> list[str]:
    """Frames that this host must route although the guests' gateway is elsewhere."""
    if not gateway_is_elsewhere(network):
        return []
    return [
        f"-p IPv4 --ip-src {network.cidr} --ip-dst {range_} -j redirect --redirect-target ACCEPT"
        for range_ in settings.force_snat
    ]


def _alone(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(address)


def _destination(range_: str) -> str:
    network = ipaddress.ip_network(range_, strict=False)
    return f"-d {network}" if network.prefixlen else ""
