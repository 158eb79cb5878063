"""What a rule of a security group may look like."""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec

from nova.contracts.errors import BadRequest
from nova.contracts.security_group import GroupRule

PROTOCOLS = ("tcp", "udp", "icmp")
ANY = -1


def checked(rule: GroupRule) -> GroupRule:
    """The rule with its protocol in small letters and its range as a network. BadRequest says what is wrong."""
    protocol = rule.protocol.lower() if rule.protocol else None
    _check_ports(protocol, rule.from_port, rule.to_port, named=rule.group_id is not None)
    cidr = None if rule.group_id is not None else _network(rule.cidr)
    return msgspec.structs.replace(rule, protocol=protocol, cidr=cidr)


def columns(rule: GroupRule) -> dict[str, Any]:
    """What of a rule is stored, and makes it the same as another."""
    names = ("parent_group_id", "protocol", "from_port", "to_port", "cidr", "group_id")
    return {name: getattr(rule, name) for name in names}


def _check_ports(protocol: str | None, first: int | None, last: int | None, *, named: bool) -> None:
    if protocol is None and first is None and last is None and named:
        return  # Everything from the members of a group.
    if protocol is None or first is None or last is None:
        raise BadRequest(reason="Not enough parameters to build a valid rule.")
    if protocol not in PROTOCOLS:
        raise BadRequest(reason=f"Invalid IP protocol {protocol}.")
    if protocol == "icmp":
        if not (ANY <= first <= 255 and ANY <= last <= 255):
            raise _invalid(first, last, "For ICMP, the type:code must be valid")
    elif first > last:
        raise _invalid(first, last, "Former value cannot be greater than the later")
    elif not (first >= 1 and last <= 65535):
        raise _invalid(first, last, f"Valid {protocol.upper()} ports should be between 1-65535")


def _network(cidr: str | None) -> str:
    try:
        return str(ipaddress.ip_network(cidr or "", strict=False))
    except ValueError as error:
        raise BadRequest(reason=f"Invalid cidr {cidr}.") from error


def _invalid(first: int, last: int, why: str) -> BadRequest:
    return BadRequest(reason=f"Invalid port range {first}:{last}. {why}")
