"""How security groups and their rules look."""

from __future__ import annotations

from typing import Any

from nova.api.web.views import Field, View
from nova.contracts.security_group import GroupRule, SecurityGroup


def _source_group(rule: GroupRule) -> dict[str, Any]:
    return {"name": rule.group_name, "tenant_id": rule.group_project_id} if rule.group_id is not None else {}


RULE = View(
    Field("id", "id"),
    Field("parent_group_id", "parent_group_id"),
    Field("ip_protocol", "protocol"),
    Field("from_port", "from_port"),
    Field("to_port", "to_port"),
    Field("group", lambda rule, call: _source_group(rule)),
    Field("ip_range", lambda rule, call: {"cidr": rule.cidr} if rule.group_id is None and rule.cidr else {}),
)


def _rules(group: SecurityGroup, call: Any) -> list[dict[str, Any]]:
    return RULE.list(call, group.rules)


GROUP = View(
    Field("id", "id"),
    Field("name", "name"),
    Field("description", "description"),
    Field("tenant_id", "project_id"),
    Field("rules", _rules),
)
