"""Networks cut from a range: which subnets, and what stands in each network's row. No database here."""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypeVar

from nova.contracts.cloud_network import NewNetworks
from nova.contracts.errors import BadRequest, Conflict

Subnet = TypeVar("Subnet", IPv4Network, IPv6Network)

MOST_ADDRESSES = 1 << 17
LAST_VLAN = 4094
DEFAULT_SIZE = 256
V6_PREFIX = 64
SMALLEST = 4
SMALLEST_MTU, LARGEST_MTU = 68, 65535
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEVICE = re.compile(r"(?!\.{1,2}$)[^\s/]{1,15}")
# Addresses at the bottom and the top of a network that no server gets.
RESERVED = {"flat": (2, 1), "flatdhcp": (2, 1), "vlan": (3, 1)}


@dataclass(frozen=True)
class Taken:
    """What exists already: ranges and VLANs of live networks."""

    v4: Sequence[IPv4Network]
    v6: Sequence[IPv6Network]
    vlans: frozenset[int]


@dataclass(frozen=True)
class NewNetwork:
    """A row of `networks`, and its addresses with whether each is reserved."""

    row: dict[str, Any]
    addresses: list[tuple[str, bool]]


def cut(wish: NewNetworks, taken: Taken, vpn_clients: int) -> list[NewNetwork]:
    """The networks of a wish. BadRequest for what makes no sense, Conflict for what is taken."""
    _check(wish)
    v4 = _subnets_v4(wish, taken.v4) if wish.cidr else [None] * wish.count
    v6 = _subnets_v6(wish, taken.v6) if wish.cidr_v6 else [None] * wish.count
    vlans = _vlans(wish, taken.vlans)
    made = []
    for index, (subnet, subnet_v6, vlan) in enumerate(zip(v4, v6, vlans, strict=True)):
        row = _row(wish, index, vlan) | _row_v6(wish, subnet_v6)
        addresses: list[tuple[str, bool]] = []
        if subnet is not None:
            row |= _row_v4(wish, subnet)
            addresses = list(_addresses(wish, subnet, row, vpn_clients))
        made.append(NewNetwork(row, addresses))
    return made


def _check(wish: NewNetworks) -> None:
    if wish.manager not in RESERVED:
        raise BadRequest(reason=f"There is no network manager {wish.manager}. Choose from {', '.join(RESERVED)}.")
    if not wish.cidr and not wish.cidr_v6:
        raise BadRequest(reason="A network needs an IPv4 or an IPv6 range.")
    if not 1 <= len(wish.label) <= 255:
        raise BadRequest(reason="A network's label has between 1 and 255 characters.")
    if wish.count < 1:
        raise BadRequest(reason="The number of networks must be at least 1.")
    if wish.size is not None and wish.size < SMALLEST:
        raise BadRequest(reason=f"A network has at least {SMALLEST} addresses.")
    if wish.mtu is not None and not SMALLEST_MTU <= wish.mtu <= LARGEST_MTU:
        raise BadRequest(reason=f"mtu must be between {SMALLEST_MTU} and {LARGEST_MTU}.")
    _check_words(wish)
    if wish.manager == "vlan":
        first = wish.vlan if wish.vlan is not None else wish.vlan_start
        if not wish.bridge_interface:
            raise BadRequest(reason="A VLAN network needs bridge_interface.")
        if first is None:
            raise BadRequest(reason="A VLAN network needs vlan or vlan_start.")
        if first < 1 or first + wish.count - 1 > LAST_VLAN:
            raise BadRequest(reason=f"VLAN numbers must be between 1 and {LAST_VLAN}.")
    elif not wish.bridge:
        raise BadRequest(reason="A flat network needs a bridge.")
    single = ("gateway", "gateway_v6", "dhcp_server", "vlan", "uuid", "allowed_start", "allowed_end", "fixed_cidr")
    if wish.count > 1 and (many := [name for name in single if getattr(wish, name) is not None]):
        raise BadRequest(reason=f"Only one network at a time can be made with {', '.join(many)}.")


def _check_words(wish: NewNetworks) -> None:
    """What hosts and guests are told later must make sense now."""
    for name in ("bridge", "bridge_interface"):
        device = getattr(wish, name)
        if device is not None and not _DEVICE.fullmatch(device):
            raise BadRequest(
                reason=f"{name} {device} is not a device: a name has up to 15 characters, no space and no stroke."
            )
    for name in ("dns1", "dns2"):
        _address(getattr(wish, name), name)
    if wish.gateway_v6 is not None and ":" not in wish.gateway_v6:
        raise BadRequest(reason=f"gateway_v6 {wish.gateway_v6} is not an address of IPv6.")
    if wish.uuid is not None and not _UUID.fullmatch(wish.uuid):
        raise BadRequest(reason=f"uuid {wish.uuid} is not a uuid.")


def _subnets_v4(wish: NewNetworks, taken: Sequence[IPv4Network]) -> list[IPv4Network]:
    whole = _parse(IPv4Network, wish.cidr, "cidr")
    size = min(wish.size or DEFAULT_SIZE, whole.num_addresses)
    prefix = 32 - (size - 1).bit_length()
    if wish.count << (32 - prefix) > whole.num_addresses:
        raise BadRequest(
            reason=f"The network range {whole} is not big enough to fit {wish.count} networks of {size} addresses."
        )
    if wish.count << (32 - prefix) > MOST_ADDRESSES:
        raise BadRequest(reason=f"At most {MOST_ADDRESSES} addresses can be made at once.")
    return _free(whole, prefix, wish.count, taken)


def _subnets_v6(wish: NewNetworks, taken: Sequence[IPv6Network]) -> list[IPv6Network]:
    whole = _parse(IPv6Network, wish.cidr_v6, "cidr_v6")
    if whole.prefixlen > V6_PREFIX or wish.count > 1 << (V6_PREFIX - whole.prefixlen):
        raise BadRequest(reason=f"The range {whole} does not hold {wish.count} networks of /{V6_PREFIX}.")
    return _free(whole, V6_PREFIX, wish.count, taken)


def _free(whole: Subnet, prefix: int, count: int, taken: Sequence[Subnet]) -> list[Subnet]:
    """The first subnets of the range that overlap no network. Conflict when the range has not so many."""
    near = [other for other in taken if other.overlaps(whole)]
    found: list[Subnet] = []
    for subnet in whole.subnets(new_prefix=prefix):
        if not any(subnet.overlaps(other) for other in near):
            found.append(subnet)
        if len(found) == count:
            return found
    others = ", ".join(str(other) for other in near[:3])
    raise Conflict(reason=f"Requested network range {whole} conflicts with existing networks such as {others}.")


def _vlans(wish: NewNetworks, taken: frozenset[int]) -> list[int | None]:
    if wish.manager != "vlan":
        return [None] * wish.count
    if wish.vlan is not None:
        if wish.vlan in taken:
            raise Conflict(reason=f"Detected existing vlan with id {wish.vlan}.")
        return [wish.vlan]
    used, first = set(taken), wish.vlan_start or 1
    found: list[int | None] = []
    for index in range(wish.count):
        number = first + index
        if number in used:
            number = max(used) + 1
        if number > LAST_VLAN:
            raise Conflict(reason=f"No VLAN number up to {LAST_VLAN} is left.")
        used.add(number)
        found.append(number)
    return found


def _row(wish: NewNetworks, index: int, vlan: int | None) -> dict[str, Any]:
    same = (
        "bridge_interface",
        "dns1",
        "dns2",
        "mtu",
        "multi_host",
        "injected",
        "share_address",
        "project_id",
        "priority",
    )
    row = {name: getattr(wish, name) for name in same}
    return row | {
        "uuid": wish.uuid or str(uuid.uuid4()),
        "label": f"{wish.label}_{index}" if wish.count > 1 else wish.label,
        "bridge": wish.bridge if vlan is None else f"br{vlan}",
        "vlan": vlan,
        "vpn_public_port": None if vlan is None else wish.vpn_start + index,
        "enable_dhcp": wish.enable_dhcp and wish.manager != "flat",
    }


def _row_v6(wish: NewNetworks, subnet: IPv6Network | None) -> dict[str, Any]:
    if subnet is None:
        return {}
    gateway = _address(wish.gateway_v6, "gateway_v6") or str(subnet.network_address + 1)
    return {"cidr_v6": str(subnet), "gateway_v6": gateway, "netmask_v6": str(subnet.prefixlen)}


def _row_v4(wish: NewNetworks, subnet: IPv4Network) -> dict[str, Any]:
    """Gateway first, then where DHCP begins; a VLAN's first address after the gateway is for its VPN."""
    if subnet.num_addresses < SMALLEST:
        raise BadRequest(reason=f"A network of {subnet.num_addresses} addresses is too small.")
    gateway = _inside(wish.gateway, subnet, "gateway") or str(subnet.network_address + 1)
    server = _inside(wish.dhcp_server, subnet, "dhcp_server") or gateway
    free = (str(each) for each in subnet.hosts() if str(each) not in (gateway, server))
    vpn = next(free) if wish.manager == "vlan" else None
    return {
        "cidr": str(subnet),
        "netmask": str(subnet.netmask),
        "broadcast": str(subnet.broadcast_address),
        "gateway": gateway,
        "dhcp_server": server,
        "vpn_private_address": vpn,
        "dhcp_start": _inside(wish.allowed_start, subnet, "allowed_start") or next(free, gateway),
    }


def _addresses(
    wish: NewNetworks, subnet: IPv4Network, row: dict[str, Any], vpn_clients: int
) -> Iterator[tuple[str, bool]]:
    bottom, top = RESERVED[wish.manager]
    if wish.manager == "vlan":
        top += vpn_clients
    pool = subnet if wish.fixed_cidr is None else _parse(IPv4Network, wish.fixed_cidr, "fixed_cidr")
    if not pool.subnet_of(subnet):
        raise BadRequest(reason=f"fixed_cidr {pool} is not inside {subnet}.")
    base = int(subnet.network_address)
    first = _number(_inside(wish.allowed_start, subnet, "allowed_start"), base) or 0
    last = _number(_inside(wish.allowed_end, subnet, "allowed_end"), base) or subnet.num_addresses - 1
    if first > last:
        raise BadRequest(reason="allowed_start must not be above allowed_end.")
    first, last = max(first, bottom), min(last, subnet.num_addresses - 1 - top)
    special = {row["gateway"], row["dhcp_server"], row["vpn_private_address"]}
    for address in pool:
        text = str(address)
        yield text, text in special or not first <= int(address) - base <= last


def _number(address: str | None, base: int) -> int | None:
    return None if address is None else int(ipaddress.IPv4Address(address)) - base


def _parse(kind: type[Subnet], text: str | None, name: str) -> Subnet:
    try:
        return kind(text or "", strict=False)
    except ValueError as error:
        raise BadRequest(reason=f"{name} {text} is not a range of addresses.") from error


def _address(text: str | None, name: str) -> str | None:
    try:
        return None if text is None else str(ipaddress.ip_address(text))
    except ValueError as error:
        raise BadRequest(reason=f"{name} {text} is not an address.") from error


def _inside(text: str | None, subnet: IPv4Network, name: str) -> str | None:
    found = _address(text, name)
    if found is not None and ipaddress.ip_address(found) not in subnet:
        raise BadRequest(reason=f"{name} {found} is not inside {subnet}.")
    return found
