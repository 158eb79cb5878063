"""What was done to servers, as the API shows it."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Row, select

from nova.base.context import RequestContext
from nova.conductor.db import paging
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import instance_actions, instance_actions_events, instances, live
from nova.contracts.errors import NotFound, ServerNotFound
from nova.contracts.instance_action import ActionEvent, ActionFilter, InstanceAction, InstanceActions
from nova.contracts.record import Page


class InstanceActionEndpoint(InstanceActions):
    """What the conductor tells about actions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self, context: RequestContext, *, server: str, filters: ActionFilter, page: Page, deleted: bool = False
    ) -> list[InstanceAction]:
        """Newest first."""

        def work(conn: Connection) -> list[InstanceAction]:
            _check_server(conn, context, server, deleted)
            return [_record(row, []) for row in _page(conn, server, filters, page)]

        return self._database.read(work)

    def get(self, context: RequestContext, *, server: str, request_id: str, deleted: bool = False) -> InstanceAction:
        """With its events, newest first."""

        def work(conn: Connection) -> InstanceAction:
            _check_server(conn, context, server, deleted)
            row = _of_request(conn, server, request_id)
            if row is None:
                raise NotFound(what="Action for request_id", id=f"{request_id} on instance {server}")
            return _record(row, _events(conn, row))

        return self._database.read(work)


def host_id(project_id: str, host: str | None) -> str:
    """The host as a project may know it: the same for its own servers there, and telling nothing."""
    return hashlib.sha224(f"{project_id}{host}".encode()).hexdigest() if host else ""


def _check_server(conn: Connection, context: RequestContext, server: str, deleted: bool) -> None:
    query = select(instances.c.project_id).where(instances.c.uuid == server)
    found = conn.execute(query if deleted else query.where(live(instances))).one_or_none()
    if found is None or not (context.is_admin or found.project_id == context.project_id):
        raise ServerNotFound(id=server)


def _page(conn: Connection, server: str, filters: ActionFilter, page: Page) -> list[Row[Any]]:
    actions = instance_actions.c
    query = select(instance_actions).where(actions.instance_uuid == server)
    if filters.changes_since is not None:
        query = query.where(actions.updated_at >= filters.changes_since)
    if filters.changes_before is not None:
        query = query.where(actions.updated_at <= filters.changes_before)
    after = None
    if page.marker is not None:
        row = _of_request(conn, server, page.marker)
        if row is None:
            raise paging.no_marker(page.marker)
        after = [row.created_at, row.id]
    order = [(actions.created_at, "desc"), (actions.id, "desc")]
    return list(conn.execute(paging.page(query, order, page.limit, after)))


def _of_request(conn: Connection, server: str, request_id: str) -> Row[Any] | None:
    actions = instance_actions.c
    query = select(instance_actions).where(actions.instance_uuid == server, actions.request_id == request_id)
    row: Row[Any] | None = conn.execute(query.order_by(actions.id.desc()).limit(1)).one_or_none()
    return row


def _events(conn: Connection, action: Row[Any]) -> list[ActionEvent]:
    events = instance_actions_events.c
    query = select(instance_actions_events).where(events.action_id == action.id)
    return [
        ActionEvent(
            event=row.event,
            host=row.host,
            host_id=host_id(action.project_id or "", row.host),
            start_time=row.start_time,
            finish_time=row.finish_time,
            result=row.result,
            traceback=row.traceback,
            details=row.details,
        )
        for row in conn.execute(query.order_by(events.start_time.desc(), events.id.desc()))
    ]


def _record(row: Row[Any], events: list[ActionEvent]) -> InstanceAction:
    return InstanceAction(
        action=row.action,
        server=row.instance_uuid,
        request_id=row.request_id or "",
        user_id=row.user_id or "",
        project_id=row.project_id or "",
        start_time=row.start_time,
        updated_at=row.updated_at,
        message=row.message,
        events=events,
    )
