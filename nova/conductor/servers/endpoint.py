"""The conductor's answers about servers."""

from __future__ import annotations

from typing import Any

from oslo_config import cfg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from nova.base.context import RequestContext
from nova.conductor.db.engine import Database
from nova.conductor.servers import begin, create, find, record
from nova.conductor.servers import change as changes
from nova.conductor.tasks.runner import Runner
from nova.contracts.errors import BadRequest
from nova.contracts.record import Page
from nova.contracts.server import CreatedServers, Server, ServerChange, ServerFilter, ServerRequest, Servers


class ServerEndpoint(Servers):
    """See the contract. Tasks begun here run here, unless this process ends before they do."""

    def __init__(self, database: Database, conf: cfg.ConfigOpts, runner: Runner) -> None:
        self._database, self._conf, self._runner = database, conf, runner

    def create(self, context: RequestContext, *, request: ServerRequest) -> CreatedServers:
        """See Servers."""

        def work(conn: Connection) -> tuple[CreatedServers, list[str]]:
            return create.create(conn, self._conf, context, request, self._runner.holder)

        try:
            answer, tasks = self._database.transaction(work)
        except IntegrityError:
            if request.client_token is None:
                raise
            # The same request came twice at once, and the other was first: now its answer is found.
            answer, tasks = self._database.transaction(work)
        self._runner.run(tasks)
        return answer

    def find(self, context: RequestContext, *, filters: ServerFilter, page: Page, full: bool = True) -> list[Server]:
        """See Servers."""

        def work(conn: Connection) -> list[Server]:
            if not full:
                return record.short(find.page(conn, context, filters, page, *record.SHORT))
            return record.full(conn, find.page(conn, context, filters, page), self._conf.service_down_time)

        try:
            return self._database.read(work)
        except DBAPIError as error:
            if filters.matches:
                # Databases differ in what they take for a regular expression.
                named = ", ".join(sorted(filters.matches))
                raise BadRequest(reason=f"Invalid filter value for {named}: not a usable pattern.") from error
            raise

    def get(self, context: RequestContext, *, server: str, bare: bool = False) -> Server:
        """See Servers."""

        def look(conn: Connection) -> Server:
            rows = [find.row_of(conn, context, server)]
            return (record.bare(rows) if bare else record.full(conn, rows, self._conf.service_down_time))[0]

        return self._database.read(look)

    def begin(self, context: RequestContext, *, server: str, action: str, arguments: dict[str, Any]) -> None:
        """See Servers."""
        begun = self._database.transaction(
            lambda conn: begin.begin(conn, context, server, action, arguments, self._runner.holder)
        )
        self._runner.give_up(begun.give_up)
        self._runner.run(begun.run)

    def update(self, context: RequestContext, *, server: str, change: ServerChange) -> Server:
        """See Servers."""
        self._database.transaction(lambda conn: changes.update_server(conn, context, server, change), safe=True)
        return self.get(context, server=server)

    def set_metadata(
        self, context: RequestContext, *, server: str, metadata: dict[str, str], replace: bool
    ) -> dict[str, str]:
        """See Servers."""
        return self._database.transaction(
            lambda conn: changes.set_metadata(conn, self._conf, context, server, metadata, replace=replace), safe=True
        )

    def delete_metadata(self, context: RequestContext, *, server: str, key: str) -> None:
        """See Servers."""
        self._database.transaction(lambda conn: changes.delete_metadata(conn, context, server, key))

    def set_tags(self, context: RequestContext, *, server: str, tags: list[str]) -> list[str]:
        """See Servers."""
        return self._database.transaction(lambda conn: changes.set_tags(conn, context, server, tags), safe=True)

    def add_tag(self, context: RequestContext, *, server: str, tag: str) -> bool:
        """See Servers."""
        return self._database.transaction(lambda conn: changes.add_tag(conn, context, server, tag))

    def delete_tag(self, context: RequestContext, *, server: str, tag: str) -> None:
        """See Servers."""
        self._database.transaction(lambda conn: changes.delete_tag(conn, context, server, tag))
