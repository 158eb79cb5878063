"""What projects and users use, counted from the live rows. Nothing is stored, so nothing can drift."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from nova.conductor.db.tables import (
    fixed_ips,
    floating_ips,
    instance_groups,
    instances,
    key_pairs,
    live,
    security_groups,
)


def used(conn: Connection, resources: list[str], project_id: str, user_id: str | None = None) -> dict[str, int]:
    """How much of these resources a project uses, or one user in it, in one query.

    Resources that are not counted (limits on the size of one thing) answer 0. A project's fixed and floating
    addresses belong to no user.
    """
    counts = [_COUNTS[name](project_id, user_id).scalar_subquery() for name in resources if name in _COUNTS]
    names = [name for name in resources if name in _COUNTS]
    found = dict.fromkeys(resources, 0)
    if names:
        row = conn.execute(select(*counts)).one()
        found.update({name: int(value or 0) for name, value in zip(names, row, strict=True)})
    return found


def keypairs(conn: Connection, user_id: str) -> int:
    """How many key pairs a user has, in whatever project."""
    count = select(func.count()).select_from(key_pairs).where(key_pairs.c.user_id == user_id)
    return int(conn.execute(count).scalar_one())


def _servers(what: ColumnElement[Any]) -> Callable[[str, str | None], Select[Any]]:
    def count(project_id: str, user_id: str | None) -> Select[Any]:
        query = select(what).where(live(instances), instances.c.project_id == project_id)
        return query if user_id is None else query.where(instances.c.user_id == user_id)

    return count


def _rows(table: Table, by_user: bool) -> Callable[[str, str | None], Select[Any]]:
    def count(project_id: str, user_id: str | None) -> Select[Any]:
        query = select(func.count()).select_from(table).where(table.c.project_id == project_id)
        return query.where(table.c.user_id == user_id) if by_user and user_id is not None else query

    return count


def _fixed_ips(project_id: str, user_id: str | None) -> Select[Any]:
    of_project = select(instances.c.uuid).where(live(instances), instances.c.project_id == project_id)
    return select(func.count()).select_from(fixed_ips).where(fixed_ips.c.instance_uuid.in_(of_project))


_COUNTS: dict[str, Callable[[str, str | None], Select[Any]]] = {
    "instances": _servers(func.count(instances.c.id)),
    "cores": _servers(func.sum(instances.c.vcpus)),
    "ram": _servers(func.sum(instances.c.memory_mb)),
    "floating_ips": _rows(floating_ips, by_user=False),
    "fixed_ips": _fixed_ips,
    "security_groups": _rows(security_groups, by_user=True),
    "server_groups": _rows(instance_groups, by_user=True),
}
