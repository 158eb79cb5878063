"""Limits, and holding to them: who creates locks the project, counts, and only then inserts."""

from __future__ import annotations

from collections.abc import Mapping

from oslo_config import cfg
from sqlalchemy import Connection, delete, insert, literal, select, union_all

from nova.base.context import RequestContext
from nova.conductor import usage
from nova.conductor.db import once
from nova.conductor.db.tables import project_locks, project_user_quotas, quota_classes
from nova.conductor.db.tables import quotas as project_quotas
from nova.contracts.errors import OverQuota

# The API's word for a resource -> its option; both differ once.
OPTION_OF = {
    **{
        name: f"quota_{name}"
        for name in (
            "instances",
            "cores",
            "ram",
            "floating_ips",
            "fixed_ips",
            "metadata_items",
            "injected_files",
            "injected_file_content_bytes",
            "security_groups",
            "security_group_rules",
            "key_pairs",
            "server_groups",
            "server_group_members",
        )
    },
    "injected_file_path_bytes": "quota_injected_file_path_length",
}
DEFAULT_CLASS = "default"
UNLIMITED = -1


def defaults(conn: Connection, conf: cfg.ConfigOpts) -> dict[str, int]:
    """Limits of a project without its own: the default class over the settings."""
    return class_limits(conn, conf, DEFAULT_CLASS)


def class_limits(conn: Connection, conf: cfg.ConfigOpts, name: str) -> dict[str, int]:
    """Limits of a class; what it does not say, the settings do."""
    query = select(quota_classes.c.resource, quota_classes.c.hard_limit).where(quota_classes.c.class_name == name)
    return _of_settings(conf) | _known(dict(conn.execute(query).all()))


def limits(
    conn: Connection, conf: cfg.ConfigOpts, project_id: str, user_id: str | None = None
) -> tuple[dict[str, int], dict[str, int]]:
    """The limits in force for the project, and those set for the user in it alone, in one query."""
    classes, own, users = quota_classes.c, project_quotas.c, project_user_quotas.c
    queries = [
        select(literal(0).label("rank"), classes.resource, classes.hard_limit).where(
            classes.class_name == DEFAULT_CLASS
        ),
        select(literal(1), own.resource, own.hard_limit).where(own.project_id == project_id),
    ]
    if user_id is not None:
        of_user = (users.project_id == project_id) & (users.user_id == user_id)
        queries.append(select(literal(2), users.resource, users.hard_limit).where(of_user))
    found: list[dict[str, int]] = [{}, {}, {}]
    for rank, resource, limit in conn.execute(union_all(*queries)):
        found[rank][resource] = limit
    return _of_settings(conf) | _known(found[0]) | _known(found[1]), _known(found[2])


def check(conn: Connection, conf: cfg.ConfigOpts, context: RequestContext, deltas: Mapping[str, int]) -> dict[str, int]:
    """May the caller's project have so much more? Answers the limits in force for the caller.

    Holds the project's lock until the transaction ends, so call it before inserting what is counted. OverQuota.
    """
    return fit(conn, conf, context, deltas, 1, 1)[1]


def fit(
    conn: Connection,
    conf: cfg.ConfigOpts,
    context: RequestContext,
    each: Mapping[str, int],
    minimum: int,
    maximum: int,
) -> tuple[int, dict[str, int]]:
    """How many things, of `each` so much, the project may have more: between `minimum` and `maximum`.

    Answers that count and the limits in force for the caller. OverQuota when not even `minimum` fit. Locks like
    `check`.
    """
    project_id, user_id = str(context.project_id), str(context.user_id)
    lock(conn, project_id)
    of_project, of_user = limits(conn, conf, project_id, user_id)
    resources = sorted(each)
    rooms = [_Room(of_project, usage.used(conn, resources, project_id))]
    if any(name in of_user for name in resources):
        rooms.append(_Room(of_user, usage.used(conn, resources, project_id, user_id)))
    count = min([maximum, *(room.count(each) for room in rooms)])
    if count < minimum:
        raise min(rooms, key=lambda room: room.count(each)).refusal(each, minimum)
    return count, of_project | of_user


def check_keypairs(conn: Connection, conf: cfg.ConfigOpts, context: RequestContext, user_id: str) -> None:
    """May this user have one more key pair? They are counted by user, under the caller's project's limit."""
    lock(conn, f"user:{user_id}")
    of_project, of_user = limits(conn, conf, str(context.project_id), user_id)
    room = _Room(of_project | of_user, {"key_pairs": usage.keypairs(conn, user_id)})
    if room.count({"key_pairs": 1}) < 1:
        raise room.refusal({"key_pairs": 1}, 1)


def lock(conn: Connection, name: str) -> None:
    """Hold a row of this name until the transaction ends; the first to come makes it."""
    held = select(project_locks.c.project_id).where(project_locks.c.project_id == name).with_for_update()
    if conn.execute(held).first() is not None:
        return
    if not once.insert_unless_there(conn, project_locks, project_id=name):
        conn.execute(held)


def write_project(conn: Connection, project_id: str, user_id: str | None, new: Mapping[str, int]) -> None:
    """Set limits of a project, or of a user in it."""
    if user_id is None:
        mine = project_quotas.c.project_id == project_id
        conn.execute(delete(project_quotas).where(mine, project_quotas.c.resource.in_(list(new))))
        rows = [{"project_id": project_id, "resource": name, "hard_limit": limit} for name, limit in new.items()]
        conn.execute(insert(project_quotas), rows)
        return
    users = project_user_quotas.c
    mine = (users.project_id == project_id) & (users.user_id == user_id)
    conn.execute(delete(project_user_quotas).where(mine, users.resource.in_(list(new))))
    rows = [
        {"project_id": project_id, "user_id": user_id, "resource": name, "hard_limit": limit}
        for name, limit in new.items()
    ]
    conn.execute(insert(project_user_quotas), rows)


def write_class(conn: Connection, name: str, new: Mapping[str, int]) -> None:
    """Set limits of a class."""
    mine = quota_classes.c.class_name == name
    conn.execute(delete(quota_classes).where(mine, quota_classes.c.resource.in_(list(new))))
    rows = [{"class_name": name, "resource": resource, "hard_limit": limit} for resource, limit in new.items()]
    conn.execute(insert(quota_classes), rows)


class _Room:
    """Limits beside what is used of them."""

    def __init__(self, allowed: Mapping[str, int], used: Mapping[str, int]) -> None:
        self._allowed = {name: limit for name, limit in allowed.items() if name in used}
        self._used = used

    def count(self, each: Mapping[str, int]) -> int:
        """How many more fit; a large number where nothing limits."""
        return min((self._left(name) // amount for name, amount in each.items() if amount > 0), default=_MANY)

    def refusal(self, each: Mapping[str, int], count: int) -> OverQuota:
        """Says of every resource that is too small what was asked, used and allowed."""
        over = [name for name in sorted(each) if each[name] * count > self._left(name)]

        def join(values: Mapping[str, int], times: int = 1) -> str:
            return ", ".join(str(values[name] * times) for name in over)

        return OverQuota(
            resource=", ".join(over),
            requested=join(each, count),
            used=join(self._used),
            allowed=join(self._allowed),
        )

    def _left(self, name: str) -> int:
        limit = self._allowed.get(name, UNLIMITED)
        return _MANY if limit == UNLIMITED else max(0, limit - self._used[name])


_MANY = 1 << 62


def _of_settings(conf: cfg.ConfigOpts) -> dict[str, int]:
    return {name: conf[option] for name, option in OPTION_OF.items()}


def _known(found: Mapping[str, int]) -> dict[str, int]:
    return {name: limit for name, limit in found.items() if name in OPTION_OF}
