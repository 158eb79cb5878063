"""Security groups as projects make and change them; each change reaches the hosts it concerns, one message a host."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor import quotas, rule_shape, security_group_rows, security_rules
from nova.conductor.db import paging
from nova.conductor.db.tables import security_group_instance_association as members
from nova.conductor.db.tables import security_group_rules, security_groups
from nova.conductor.security_group_rows import DEFAULT, require, require_locked
from nova.conductor.tasks.plan import Cloud
from nova.contracts.errors import BadRequest, NotFound, OverQuota
from nova.contracts.record import Page
from nova.contracts.security_group import GroupRule, SecurityGroup, SecurityGroups

Touched = list[tuple[str, str]]


class SecurityGroupEndpoint(SecurityGroups):
    """See the contract."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._database, self._conf = cloud, cloud.database, cloud.conf

    def find(self, context: RequestContext, *, page: Page, all_projects: bool = False) -> list[SecurityGroup]:
        """See SecurityGroups."""
        everyone = all_projects and bool(context.is_admin)
        if not everyone:
            self._need_default(context)
        return self._database.read(lambda conn: _page(conn, context, page, everyone))

    def get(self, context: RequestContext, *, id: int) -> SecurityGroup:
        """See SecurityGroups."""
        return self._database.read(lambda conn: _record(conn, context, id))

    def of_server(self, context: RequestContext, *, server: str) -> list[SecurityGroup]:
        """See SecurityGroups."""

        def work(conn: Connection) -> list[SecurityGroup]:
            security_group_rows.server_of(conn, context, server)
            mine = select(members.c.security_group_id).where(members.c.instance_uuid == server)
            query = select(security_groups).where(security_groups.c.id.in_(mine)).order_by(security_groups.c.id)
            return security_group_rows.with_rules(conn, conn.execute(query).all())

        return self._database.read(work)

    def create(self, context: RequestContext, *, name: str, description: str) -> SecurityGroup:
        """See SecurityGroups."""

        def work(conn: Connection) -> SecurityGroup:
            project_id = str(context.project_id)
            security_group_rows.ensure_default(conn, project_id, context.user_id)
            same = (security_groups.c.project_id == project_id) & (security_groups.c.name == name)
            if conn.execute(select(security_groups.c.id).where(same)).first():
                raise _taken(name, project_id)
            quotas.check(conn, self._conf, context, {"security_groups": 1})
            row = {"project_id": project_id, "user_id": context.user_id, "name": name, "description": description}
            made = conn.execute(insert(security_groups).values(**row)).inserted_primary_key
            assert made is not None
            return _record(conn, context, made[0])

        try:
            return self._database.transaction(work)
        except IntegrityError as error:
            raise _taken(name, str(context.project_id)) from error

    def update(self, context: RequestContext, *, id: int, name: str, description: str) -> SecurityGroup:
        """See SecurityGroups."""
        project_id = str(context.project_id)

        def work(conn: Connection) -> SecurityGroup:
            if require(conn, context, id).name == DEFAULT:
                raise BadRequest(reason=f"Unable to update system group '{DEFAULT}'")
            new = {"name": name, "description": description}
            conn.execute(update(security_groups).where(security_groups.c.id == id).values(**new))
            return _record(conn, context, id)

        try:
            return self._database.transaction(work, safe=True)
        except IntegrityError as error:
            raise _taken(name, project_id) from error

    def delete(self, context: RequestContext, *, id: int) -> None:
        """See SecurityGroups."""

        def work(conn: Connection) -> Touched:
            if require_locked(conn, context, id).name == DEFAULT:
                raise BadRequest(reason=f"Unable to delete system group '{DEFAULT}'")
            if conn.execute(select(members.c.id).where(members.c.security_group_id == id).limit(1)).first():
                raise _in_use()
            touched = security_rules.referring_to(conn, [id])
            conn.execute(delete(security_groups).where(security_groups.c.id == id))
            return touched

        try:
            touched = self._database.transaction(work)
        except IntegrityError as error:
            # A server was put into it meanwhile.
            raise _in_use() from error
        security_rules.refresh(self._cloud, context, touched)

    def add_rule(self, context: RequestContext, *, rule: GroupRule) -> GroupRule:
        """See SecurityGroups."""
        wanted = rule_shape.checked(rule)

        def work(conn: Connection) -> tuple[GroupRule, Touched]:
            group = require_locked(conn, context, wanted.parent_group_id)
            if wanted.group_id is not None:
                require(conn, context, wanted.group_id)
            _refuse_again(conn, wanted)
            self._room_for_rule(conn, context, group.id, group.project_id)
            made = conn.execute(insert(security_group_rules).values(**rule_shape.columns(wanted))).inserted_primary_key
            assert made is not None
            row = conn.execute(security_group_rows.select_rules().where(security_group_rules.c.id == made[0])).one()
            return security_group_rows.rule_record(row), security_rules.members_of(conn, [group.id])

        made, touched = self._database.transaction(work)
        security_rules.refresh(self._cloud, context, touched)
        return made

    def delete_rule(self, context: RequestContext, *, id: int) -> None:
        """See SecurityGroups."""

        def work(conn: Connection) -> Touched:
            found = select(security_group_rules.c.parent_group_id).where(security_group_rules.c.id == id)
            parent = conn.execute(found).scalar()
            if parent is None:
                raise NotFound(what="Rule", id=id)
            require(conn, context, parent)
            conn.execute(delete(security_group_rules).where(security_group_rules.c.id == id))
            return security_rules.members_of(conn, [parent])

        security_rules.refresh(self._cloud, context, self._database.transaction(work))

    def add_server(self, context: RequestContext, *, server: str, name: str) -> None:
        """See SecurityGroups."""

        def work(conn: Connection) -> Touched:
            found = security_group_rows.server_of(conn, context, server)
            group = _by_name(conn, found.project_id, name)
            if conn.execute(select(members.c.id).where(_membership(server, group))).first():
                raise _member_already(name, server)
            conn.execute(insert(members).values(security_group_id=group, instance_uuid=server))
            return _after_move(conn, server, found.host, group)

        try:
            touched = self._database.transaction(work)
        except IntegrityError as error:
            raise _member_already(name, server) from error
        security_rules.refresh(self._cloud, context, touched)

    def remove_server(self, context: RequestContext, *, server: str, name: str) -> None:
        """See SecurityGroups."""

        def work(conn: Connection) -> Touched:
            found = security_group_rows.server_of(conn, context, server)
            group = _by_name(conn, found.project_id, name)
            if not conn.execute(delete(members).where(_membership(server, group))).rowcount:
                raise BadRequest(reason=f"Security group {name} is not associated with the instance {server}")
            return _after_move(conn, server, found.host, group)

        security_rules.refresh(self._cloud, context, self._database.transaction(work))

    def _need_default(self, context: RequestContext) -> None:
        project_id = str(context.project_id)
        mine = (security_groups.c.project_id == project_id) & (security_groups.c.name == DEFAULT)
        if self._database.read(lambda conn: conn.execute(select(security_groups.c.id).where(mine)).first()) is None:
            self._database.transaction(
                lambda conn: security_group_rows.ensure_default(conn, project_id, context.user_id), safe=True
            )

    def _room_for_rule(self, conn: Connection, context: RequestContext, group: int, project_id: str) -> None:
        of_project, of_user = quotas.limits(conn, self._conf, project_id, context.user_id)
        allowed = (of_project | of_user)["security_group_rules"]
        count = select(func.count()).select_from(security_group_rules)
        used = conn.execute(count.where(security_group_rules.c.parent_group_id == group)).scalar_one()
        if 0 <= allowed < used + 1:
            raise OverQuota(resource="security_group_rules", requested=1, used=used, allowed=allowed)


def _page(conn: Connection, context: RequestContext, page: Page, everyone: bool) -> list[SecurityGroup]:
    query = select(security_groups)
    if not everyone:
        query = query.where(security_groups.c.project_id == context.project_id)
    after = None
    if page.marker is not None:
        if not page.marker.isdigit():
            raise paging.no_marker(page.marker)
        after = [int(page.marker)]
    rows = conn.execute(paging.page(query, [(security_groups.c.id, "asc")], page.limit, after)).all()
    return security_group_rows.with_rules(conn, rows)


def _record(conn: Connection, context: RequestContext, id: int) -> SecurityGroup:
    return security_group_rows.with_rules(conn, [require(conn, context, id)])[0]


def _by_name(conn: Connection, project_id: str, name: str) -> int:
    """A group of the server's project. NotFound."""
    same = security_groups.c.name == name
    rows = conn.execute(select(security_groups.c.id).where(security_groups.c.project_id == project_id, same)).first()
    if rows is None:
        raise NotFound(what="Security group", id=name)
    return int(rows.id)


def _membership(server: str, group: int) -> ColumnElement[bool]:
    return (members.c.instance_uuid == server) & (members.c.security_group_id == group)


def _after_move(conn: Connection, server: str, host: str | None, group: int) -> Touched:
    """The server itself, and those that let the group's members in."""
    mine = [(server, host)] if host else []
    return sorted({*mine, *security_rules.referring_to(conn, [group])})


def _refuse_again(conn: Connection, rule: GroupRule) -> None:
    column = security_group_rules.c
    same = [
        column[name].is_(None) if value is None else column[name] == value
        for name, value in rule_shape.columns(rule).items()
    ]
    if conn.execute(select(column.id).where(*same)).first():
        raise BadRequest(reason=f"This rule already exists in group {rule.parent_group_id}")


def _taken(name: str, project_id: str) -> BadRequest:
    return BadRequest(reason=f"Security group {name} already exists for project {project_id}.")


def _in_use() -> BadRequest:
    return BadRequest(reason="Security group is still in use")


def _member_already(name: str, server: str) -> BadRequest:
    return BadRequest(reason=f"Security group {name} is already associated with the instance {server}")
