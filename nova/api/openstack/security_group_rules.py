"""/os-security-group-rules: what a group lets in."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from nova.api.openstack.security_group_view import RULE
from nova.api.openstack.security_groups import UNTIL
from nova.api.web.call import Call
from nova.api.web.ids import number_of
from nova.api.web.operations import operation
from nova.api.web.policy import MEMBER, rule
from nova.api.web.schema import Schema, bad_field
from nova.contracts.security_group import GroupRule, SecurityGroups

CREATE = rule("os_compute_api:os-security-groups:rule:create", MEMBER, "Add rules to security groups.")
DELETE = rule("os_compute_api:os-security-groups:rule:delete", MEMBER, "Take rules from security groups.")

EVERYWHERE = "0.0.0.0/0"
ALL_PORTS = {"icmp": (-1, -1), "tcp": (1, 65535), "udp": (1, 65535)}
MOST_DIGITS = 9
ID: Schema = {"type": ["integer", "string", "null"], "maxLength": 36}
PORT: Schema = {"type": ["integer", "string", "null"], "maxLength": 36}
TEXT: Schema = {"type": ["string", "null"], "maxLength": 255, "format": "text"}
BODY: Schema = {
    "type": "object",
    "properties": {
        "security_group_rule": {
            "type": "object",
            "properties": {
                "parent_group_id": ID,
                "group_id": ID,
                "ip_protocol": TEXT,
                "from_port": PORT,
                "to_port": PORT,
                "cidr": TEXT,
            },
            "required": ["parent_group_id"],
        }
    },
    "required": ["security_group_rule"],
}


@operation("POST", "/os-security-group-rules", rule=CREATE, until=UNTIL, body=BODY, errors=(400, 403, 404))
def create(call: Call) -> dict[str, Any]:
    """Let a range, or the members of a group, in."""
    wanted = _read(call.body["security_group_rule"])
    return {"security_group_rule": RULE.show(call, call.conductor(SecurityGroups).add_rule(call.context, rule=wanted))}


@operation("DELETE", "/os-security-group-rules/{id}", rule=DELETE, until=UNTIL, status=202, errors=(400, 404, 409))
def delete(call: Call, id: str) -> None:
    """Let it in no more."""
    call.conductor(SecurityGroups).delete_rule(call.context, id=number_of("Security group rule", id))


def _read(given: Mapping[str, Any]) -> GroupRule:
    parent = number_of("Security group", str(given["parent_group_id"]))
    protocol = given.get("ip_protocol") or None
    ports = _port(given, "from_port"), _port(given, "to_port")
    named = given.get("group_id")
    if named in (None, ""):
        return GroupRule(
            parent_group_id=parent,
            protocol=protocol,
            from_port=ports[0],
            to_port=ports[1],
            cidr=_range(given.get("cidr") or EVERYWHERE),
        )
    if protocol is not None and ports == (None, None):
        ports = ALL_PORTS.get(protocol.lower(), ports)
    return GroupRule(
        parent_group_id=parent,
        protocol=protocol,
        from_port=ports[0],
        to_port=ports[1],
        group_id=number_of("Security group", str(named)),
    )


def _port(given: Mapping[str, Any], key: str) -> int | None:
    value = given.get(key)
    if value is None:
        return None
    digits = str(value).strip().removeprefix("-")
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit()) or len(digits) > MOST_DIGITS:
        raise bad_field(f"security_group_rule.{key}", value, "It is not a port.")
    return int(value)


def _range(cidr: str) -> str:
    """The range; one that says /0 of a single address is a slip of the pen, and would open everything."""
    try:
        address = ipaddress.ip_interface(cidr)
    except ValueError as error:
        raise bad_field("security_group_rule.cidr", cidr, f"Invalid cidr {cidr}.") from error
    if address.network.prefixlen == 0 and int(address.ip) != 0:
        raise bad_field("security_group_rule.cidr", cidr, f"Bad prefix for network in cidr {cidr}")
    return cidr
