"""Flavors in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, delete, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor.db import paging
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import flavor_extra_specs, flavor_projects, flavors
from nova.contracts.errors import AlreadyExists, NotFound
from nova.contracts.flavor import Flavor, FlavorFilter, Flavors
from nova.contracts.record import Page

_SORT_KEYS: dict[str, Column[Any]] = {column.name: column for column in flavors.c}
_STORED = (
    "flavorid",
    "name",
    "memory_mb",
    "vcpus",
    "root_gb",
    "ephemeral_gb",
    "swap",
    "rxtx_factor",
    "is_public",
    "disabled",
    "description",
)


class FlavorEndpoint(Flavors):
    """What the conductor does about flavors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, context: RequestContext, *, filters: FlavorFilter, page: Page) -> list[Flavor]:
        """One page."""
        return self._database.read(lambda conn: find(conn, context, filters, page))

    def get(self, context: RequestContext, *, flavorid: str) -> Flavor:
        """The flavor as this caller may see it."""
        return self._database.read(lambda conn: get(conn, context, flavorid))

    def create(self, context: RequestContext, *, flavor: Flavor) -> Flavor:
        """A new flavor, with its extra specs."""
        try:
            return self._database.transaction(lambda conn: create(conn, flavor))
        except IntegrityError as error:
            raise AlreadyExists(what="Flavor with name", id=flavor.name) from error

    def set_description(self, context: RequestContext, *, flavorid: str, description: str | None) -> Flavor:
        """Change the one thing about a flavor that may change."""

        def work(conn: Connection) -> Flavor:
            number = _locked(conn, flavorid).id
            conn.execute(update(flavors).where(flavors.c.id == number).values(description=description))
            return get(conn, context, flavorid)

        return self._database.transaction(work, safe=True)

    def delete(self, context: RequestContext, *, flavorid: str) -> None:
        """Servers keep theirs as it was."""

        def work(conn: Connection) -> None:
            if not conn.execute(delete(flavors).where(flavors.c.flavorid == flavorid)).rowcount:
                raise _unknown(flavorid)

        self._database.transaction(work)

    def access(self, context: RequestContext, *, flavorid: str) -> list[str]:
        """Projects that may use a private flavor."""
        return self._database.read(lambda conn: _access(conn, _private(_row(conn, flavorid))))

    def add_access(self, context: RequestContext, *, flavorid: str, project_id: str) -> list[str]:
        """Let a project use it."""

        def work(conn: Connection) -> list[str]:
            flavor = _locked(conn, flavorid)
            projects = _access(conn, flavor)
            if project_id in projects:
                raise AlreadyExists(what=f"Flavor access for flavor {flavorid} and project", id=project_id)
            conn.execute(insert(flavor_projects).values(flavor_id=flavor.id, project_id=project_id))
            return [*projects, project_id]

        return self._database.transaction(work)

    def remove_access(self, context: RequestContext, *, flavorid: str, project_id: str) -> list[str]:
        """Let a project use it no more."""

        def work(conn: Connection) -> list[str]:
            flavor = _locked(conn, flavorid)
            mine = and_(flavor_projects.c.flavor_id == flavor.id, flavor_projects.c.project_id == project_id)
            if not conn.execute(delete(flavor_projects).where(mine)).rowcount:
                raise NotFound(what=f"Flavor access for flavor {flavorid} and project", id=project_id)
            return _access(conn, flavor)

        return self._database.transaction(work)

    def set_extra_specs(self, context: RequestContext, *, flavorid: str, specs: dict[str, str]) -> dict[str, str]:
        """Add or replace keys."""

        def work(conn: Connection) -> dict[str, str]:
            number = _locked(conn, flavorid).id
            conn.execute(delete(flavor_extra_specs).where(_spec(number, list(specs))))
            _write_specs(conn, number, specs)
            return _specs(conn, [number])[number]

        return self._database.transaction(work, safe=True)

    def delete_extra_spec(self, context: RequestContext, *, flavorid: str, key: str) -> None:
        """Remove one key."""

        def work(conn: Connection) -> None:
            number = _locked(conn, flavorid).id
            if not conn.execute(delete(flavor_extra_specs).where(_spec(number, [key]))).rowcount:
                raise NotFound(what=f"Extra spec {key} of flavor", id=flavorid)

        self._database.transaction(work)


def find(conn: Connection, context: RequestContext, filters: FlavorFilter, page: Page) -> list[Flavor]:
    """One page, in two queries (three with a marker)."""
    query = select(flavors).where(_visible(context, filters.is_public), *_conditions(filters))
    order = paging.order_of(page.sort or [("flavorid", "asc")], _SORT_KEYS, flavors.c.id)
    after = None
    if page.marker is not None:
        row = conn.execute(select(flavors).where(flavors.c.flavorid == page.marker)).one_or_none()
        if row is None:
            raise paging.no_marker(page.marker)
        after = [row._mapping[column] for column, _ in order]
    return _records(conn, conn.execute(paging.page(query, order, page.limit, after)).all())


def get(conn: Connection, context: RequestContext, flavorid: str) -> Flavor:
    """The flavor with its extra specs, in two queries. NotFound when unknown or not visible."""
    query = select(flavors).where(flavors.c.flavorid == flavorid, _visible(context, None))
    found = _records(conn, conn.execute(query).all())
    if not found:
        raise _unknown(flavorid)
    return found[0]


def create(conn: Connection, flavor: Flavor) -> Flavor:
    """A new flavor. AlreadyExists."""
    taken = select(flavors.c.name, flavors.c.flavorid).where(
        or_(flavors.c.name == flavor.name, flavors.c.flavorid == flavor.flavorid)
    )
    for name, _ in conn.execute(taken):
        if name == flavor.name:
            raise AlreadyExists(what="Flavor with name", id=flavor.name)
        raise AlreadyExists(what="Flavor with ID", id=flavor.flavorid)
    values = {name: getattr(flavor, name) for name in _STORED}
    conn.execute(insert(flavors).values(values))
    row = _row(conn, flavor.flavorid)
    _write_specs(conn, row.id, flavor.extra_specs)
    return _records(conn, [row])[0]


def _visible(context: RequestContext, is_public: bool | None) -> ColumnElement[bool]:
    """Public ones and the project's own; an admin may also ask for the private ones, or all."""
    if context.is_admin and is_public is not True:
        return true() if is_public is None else flavors.c.is_public.is_(False)
    given = select(flavor_projects.c.flavor_id).where(flavor_projects.c.project_id == context.project_id)
    return or_(flavors.c.is_public.is_(True), flavors.c.id.in_(given))


def _conditions(filters: FlavorFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.min_ram is not None:
        conditions.append(flavors.c.memory_mb >= filters.min_ram)
    if filters.min_disk is not None:
        conditions.append(flavors.c.root_gb >= filters.min_disk)
    if filters.changes_since is not None:
        since = filters.changes_since
        conditions.append(or_(flavors.c.updated_at >= since, flavors.c.created_at >= since))
    if filters.name is not None:
        conditions.append(flavors.c.name.contains(filters.name, autoescape=True))
    return conditions


def _records(conn: Connection, rows: Sequence[Row[Any]]) -> list[Flavor]:
    specs = _specs(conn, [row.id for row in rows])
    return [
        Flavor(id=row.id, extra_specs=specs[row.id], **{name: row._mapping[name] for name in _STORED}) for row in rows
    ]


def _specs(conn: Connection, numbers: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {number: {} for number in numbers}
    table = flavor_extra_specs.c
    if numbers:
        query = select(table.flavor_id, table.key, table.value).where(table.flavor_id.in_(numbers))
        for number, key, value in conn.execute(query):
            found[number][key] = value
    return found


def _write_specs(conn: Connection, number: int, specs: dict[str, str]) -> None:
    if specs:
        rows = [{"flavor_id": number, "key": key, "value": value} for key, value in specs.items()]
        conn.execute(insert(flavor_extra_specs), rows)


def _spec(number: int, keys: list[str]) -> ColumnElement[bool]:
    return and_(flavor_extra_specs.c.flavor_id == number, flavor_extra_specs.c.key.in_(keys))


def _row(conn: Connection, flavorid: str, *, lock: bool = False) -> Row[Any]:
    query = select(flavors).where(flavors.c.flavorid == flavorid)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise _unknown(flavorid)
    return row


def _locked(conn: Connection, flavorid: str) -> Row[Any]:
    """The row, held so that what belongs to it is changed by one at a time."""
    return _row(conn, flavorid, lock=True)


def _private(row: Row[Any]) -> Row[Any]:
    if row.is_public:
        raise NotFound(what="Access list of flavor", id=row.flavorid)
    return row


def _access(conn: Connection, row: Row[Any]) -> list[str]:
    table = flavor_projects.c
    query = select(table.project_id).where(table.flavor_id == row.id).order_by(table.id)
    return list(conn.execute(query).scalars())


def _unknown(flavorid: str) -> NotFound:
    return NotFound(what="Flavor", id=flavorid)
