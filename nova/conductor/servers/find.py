"""Lists of servers: filters as SQL, pages by key."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, exists, false, func, or_, select

from nova.base.context import RequestContext
from nova.conductor.db import paging, patterns
from nova.conductor.db.tables import fixed_ips, instances, live, tags
from nova.contracts.errors import BadRequest, ServerNotFound
from nova.contracts.record import Page
from nova.contracts.server import ServerFilter

TIMES = frozenset({"created_at", "launched_at", "terminated_at", "updated_at", "deleted_at"})
NUMBERS = frozenset({"power_state", "launch_index", "progress"})
LARGEST = 2**31 - 1
BOOLS = frozenset({"locked", "config_drive"})
COLUMN_OF = {
    "name": "display_name",
    "description": "display_description",
    "image_id": "image_ref",
    "disk_config": "auto_disk_config",
}
"""Words of the contract whose column is called otherwise."""

_NOT_SORTABLE = {"flavor", "image", "network_info", "secrets", "hints", "trusted_certs", "locked_reason"}
SORT_KEYS = {column.name: column for column in instances.c if column.name not in _NOT_SORTABLE}
SORT_KEYS |= {word: instances.c[name] for word, name in COLUMN_OF.items()}
DEFAULT_SORT = [("created_at", "desc")]


def row_of(conn: Connection, context: RequestContext, server: str, *, lock: bool = False) -> Row[Any]:
    """One live server's row, of the caller's project unless it is an admin. ServerNotFound."""
    asked = {"this_server": server, **({} if context.is_admin else {"its_project": context.project_id})}
    row = conn.execute(_one_row(bool(context.is_admin), lock), asked).first()
    if row is None:
        raise ServerNotFound(id=server)
    return row


@cache
def _one_row(of_any_project: bool, lock: bool) -> Select[Any]:
    """The statement, made once: making it takes longer than sending it."""
    query = select(instances).where(instances.c.uuid == bindparam("this_server"), live(instances))
    if not of_any_project:
        query = query.where(instances.c.project_id == bindparam("its_project"))
    return query.with_for_update() if lock else query


def page(conn: Connection, context: RequestContext, filters: ServerFilter, page: Page, *columns: Any) -> list[Row[Any]]:
    """One page of rows. BadRequest for an unknown marker or sort key."""
    query = select(*columns) if columns else select(instances)
    query = query.where(*conditions(conn, context, filters))
    order = paging.order_of(page.sort or DEFAULT_SORT, SORT_KEYS, instances.c.id)
    after = None
    if page.marker is not None:
        row = _marker(conn, context, page.marker)
        after = [getattr(row, column.name) for column, _ in order]
    return list(conn.execute(paging.page(query, order, page.limit, after)).all())


def conditions(conn: Connection, context: RequestContext, filters: ServerFilter) -> list[ColumnElement[bool]]:
    """Everything a row must fulfil."""
    wanted: list[ColumnElement[bool]] = []
    if not (context.is_admin and filters.all_projects):
        wanted.append(instances.c.project_id == context.project_id)
    if filters.deleted is False:
        wanted.append(live(instances))
    elif filters.deleted is True:
        wanted.append(instances.c.deleted != 0)
    for word, values in filters.equals.items():
        wanted.append(_one_of(word, values))
    for word, pattern in filters.matches.items():
        wanted.append(_matching(word, pattern))
    if filters.flavorid is not None:
        wanted.append(instances.c.flavor.contains(f'"flavorid":"{filters.flavorid}"', autoescape=True))
    wanted += _states(filters) + _times(filters) + _tags(filters)
    return wanted


def _one_of(word: str, values: list[str]) -> ColumnElement[bool]:
    column = instances.c[COLUMN_OF.get(word, word)]
    given = [value for value in values if value != ""]
    choices: list[ColumnElement[bool]] = []
    if len(given) < len(values):
        choices.append(or_(column.is_(None), column == "") if word not in NUMBERS | BOOLS | TIMES else column.is_(None))
    if word in TIMES:
        choices += [_at(word, value) for value in given]
    elif given:
        choices.append(column.in_([_typed(word, value) for value in given]))
    return or_(*choices) if choices else false()


def _typed(word: str, value: str) -> Any:
    try:
        if word in NUMBERS:
            number = int(value)
            if abs(number) <= LARGEST:
                return number
            raise ValueError("no column holds it")
    except ValueError as error:
        raise BadRequest(reason=f"Invalid filter value for {word}: {value}") from error
    if word in BOOLS:
        return value.lower() in ("1", "true", "t", "yes", "y", "on")
    if word == "disk_config":
        return value.upper() == "AUTO"
    return value


def _at(word: str, value: str) -> ColumnElement[bool]:
    """At this moment; a time without a fraction, as answers show it, is the whole second."""
    column = instances.c[word]
    try:
        moment = datetime.datetime.fromisoformat(value)
    except ValueError as error:
        raise BadRequest(reason=f"Invalid filter value for {word}: {value}") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    if moment.microsecond:
        return column == moment
    return and_(column >= moment, column <= moment.replace(microsecond=999_999))


def _matching(word: str, pattern: str) -> ColumnElement[bool]:
    try:
        patterns.check(pattern)
    except patterns.TooComplex as error:
        raise BadRequest(reason=f"Invalid filter value for {word}: {error}.") from error
    if word in ("ip", "ip6"):
        return exists().where(fixed_ips.c.instance_uuid == instances.c.uuid, fixed_ips.c.address.regexp_match(pattern))
    column = instances.c[COLUMN_OF.get(word, word)]
    # SQLite's patterns cannot be held against a NULL.
    return and_(column.is_not(None), func.coalesce(column, "").regexp_match(pattern))


def _states(filters: ServerFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.vm_states is not None:
        wanted.append(instances.c.vm_state.in_(filters.vm_states))
    if filters.task_states is not None:
        wanted.append(instances.c.task_state.in_(filters.task_states))
    return wanted


def _times(filters: ServerFilter) -> list[ColumnElement[bool]]:
    """A server counts as changed when it was made, changed or deleted."""
    wanted: list[ColumnElement[bool]] = []
    changed = func.coalesce(instances.c.deleted_at, instances.c.updated_at, instances.c.created_at)
    if filters.changes_since is not None:
        wanted.append(changed >= filters.changes_since)
    if filters.changes_before is not None:
        wanted.append(changed <= filters.changes_before)
    return wanted


def _tags(filters: ServerFilter) -> list[ColumnElement[bool]]:
    def has(names: list[str]) -> ColumnElement[bool]:
        return exists().where(tags.c.resource_id == instances.c.uuid, tags.c.tag.in_(names))

    wanted = [has([tag]) for tag in filters.tags]
    if filters.tags_any:
        wanted.append(has(filters.tags_any))
    if filters.not_tags:
        wanted.append(~and_(*(has([tag]) for tag in filters.not_tags)))
    if filters.not_tags_any:
        wanted.append(~has(filters.not_tags_any))
    return wanted


def _marker(conn: Connection, context: RequestContext, marker: str) -> Row[Any]:
    query = select(instances).where(instances.c.uuid == marker)
    if not context.is_admin:
        query = query.where(instances.c.project_id == context.project_id)
    row = conn.execute(query).first()
    if row is None:
        raise paging.no_marker(marker)
    return row
