"""Security groups as rows: found, made, and turned into records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select, true

from nova.base.context import RequestContext
from nova.conductor.db import once
from nova.conductor.db.tables import instances, live, security_group_rules, security_groups
from nova.contracts.errors import BadRequest, NotFound, ServerNotFound
from nova.contracts.security_group import GroupRule, SecurityGroup

DEFAULT = "default"
_groups = security_groups


def visible(context: RequestContext) -> ColumnElement[bool]:
    """The groups the caller may touch: those of its project; admins all."""
    return true() if context.is_admin else _groups.c.project_id == context.project_id


def require(conn: Connection, context: RequestContext, id: int) -> Row[Any]:
    """The row of a group the caller may touch. NotFound."""
    row = conn.execute(select(_groups).where(_groups.c.id == id, visible(context))).first()
    if row is None:
        raise NotFound(what="Security group", id=id)
    return row


def require_locked(conn: Connection, context: RequestContext, id: int) -> Row[Any]:
    """As `require` (NotFound); nobody else changes the group or its rules until the transaction ends."""
    row = conn.execute(select(_groups).where(_groups.c.id == id, visible(context)).with_for_update()).first()
    if row is None:
        raise NotFound(what="Security group", id=id)
    return row


def server_of(conn: Connection, context: RequestContext, uuid: str) -> Any:
    """uuid, host and project_id of a live server the caller may touch. ServerNotFound."""
    query = select(instances.c.uuid, instances.c.host, instances.c.project_id).where(
        instances.c.uuid == uuid, live(instances)
    )
    row = conn.execute(query).first()
    if row is None or not (context.is_admin or row.project_id == context.project_id):
        raise ServerNotFound(id=uuid)
    return row


def ensure_default(conn: Connection, project_id: str, user_id: str | None) -> int:
    """The number of the project's default group, made now if it is not there."""
    query = _named(project_id, [DEFAULT])
    found = conn.execute(query).first()
    if found is None:
        row = {"project_id": project_id, "user_id": user_id, "name": DEFAULT, "description": DEFAULT}
        once.insert_unless_there(conn, _groups, **row)
        found = conn.execute(query).one()
    return int(found.id)


def numbers_of(conn: Connection, context: RequestContext, names: Sequence[str]) -> list[int]:
    """The numbers of groups of the caller's project by name, for a create. BadRequest names a wrong one."""
    project_id = str(context.project_id)
    found = {row.name: row.id for row in conn.execute(_named(project_id, names))}
    if DEFAULT in names and DEFAULT not in found:
        found[DEFAULT] = ensure_default(conn, project_id, context.user_id)
    for name in names:
        if name not in found:
            raise BadRequest(reason=f"Security group {name} not found for project {project_id}.")
    return [found[name] for name in dict.fromkeys(names)]


def with_rules(conn: Connection, rows: Sequence[Row[Any]]) -> list[SecurityGroup]:
    """Records of these rows of groups, with their rules: one query for all."""
    rules = _rules_of(conn, [row.id for row in rows])
    return [
        SecurityGroup(
            id=row.id,
            name=row.name,
            description=row.description or "",
            project_id=row.project_id,
            user_id=row.user_id,
            rules=rules[row.id],
        )
        for row in rows
    ]


def rule_record(row: Row[Any]) -> GroupRule:
    """A rule with the name and project of the group it names, as `select_rules` reads them."""
    return GroupRule(
        id=row.id,
        parent_group_id=row.parent_group_id,
        protocol=row.protocol,
        from_port=row.from_port,
        to_port=row.to_port,
        cidr=row.cidr,
        group_id=row.group_id,
        group_name=row.group_name,
        group_project_id=row.group_project_id,
    )


def select_rules() -> Select[Any]:
    """Rules in order, beside the groups they name."""
    named = _groups.alias("named")
    names = (named.c.name.label("group_name"), named.c.project_id.label("group_project_id"))
    rules = security_group_rules
    return select(rules, *names).outerjoin(named, named.c.id == rules.c.group_id).order_by(rules.c.id)


def _rules_of(conn: Connection, groups: Iterable[int]) -> dict[int, list[GroupRule]]:
    found: dict[int, list[GroupRule]] = defaultdict(list)
    ids = list(groups)
    if ids:
        for row in conn.execute(select_rules().where(security_group_rules.c.parent_group_id.in_(ids))):
            found[row.parent_group_id].append(rule_record(row))
    return found


def _named(project_id: str, names: Sequence[str]) -> Select[Any]:
    return select(_groups.c.id, _groups.c.name).where(
        and_(_groups.c.project_id == project_id, _groups.c.name.in_(list(names)))
    )
