"""Quotas as the API shows and sets them."""

from __future__ import annotations

from collections.abc import Mapping

from oslo_config import cfg
from sqlalchemy import Connection, delete

from nova.base.context import RequestContext
from nova.conductor import quotas, usage
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import project_user_quotas
from nova.conductor.db.tables import quotas as project_quotas
from nova.contracts.errors import BadRequest
from nova.contracts.quota import Quotas, Usage

_LARGEST = 0x7FFFFFFF


class QuotaEndpoint(Quotas):
    """What the conductor does about quotas."""

    def __init__(self, database: Database, conf: cfg.ConfigOpts) -> None:
        self._database = database
        self._conf = conf

    def usages(self, context: RequestContext, *, project_id: str, user_id: str | None = None) -> dict[str, Usage]:
        """Limits and use of every resource."""
        return self._database.read(lambda conn: self._usages(conn, project_id, user_id))

    def defaults(self, context: RequestContext) -> dict[str, int]:
        """Limits of a project that has none of its own."""
        return self._database.read(lambda conn: quotas.defaults(conn, self._conf))

    def set_limits(
        self,
        context: RequestContext,
        *,
        project_id: str,
        limits: dict[str, int],
        user_id: str | None = None,
        force: bool = False,
    ) -> dict[str, Usage]:
        """Set some limits of a project, or of a user in it."""

        def work(conn: Connection) -> dict[str, Usage]:
            quotas.lock(conn, project_id)
            _check_values(limits)
            now = self._usages(conn, project_id, user_id)
            if not force:
                _check_not_below_use(limits, now)
            if user_id is not None:
                _check_within(limits, quotas.limits(conn, self._conf, project_id)[0])
            if limits:
                quotas.write_project(conn, project_id, user_id, limits)
            return self._usages(conn, project_id, user_id)

        return self._database.transaction(work, safe=True)

    def delete_limits(self, context: RequestContext, *, project_id: str, user_id: str | None = None) -> None:
        """Back to the defaults; without a user also for all users of the project."""

        def work(conn: Connection) -> None:
            users = delete(project_user_quotas).where(project_user_quotas.c.project_id == project_id)
            if user_id is not None:
                conn.execute(users.where(project_user_quotas.c.user_id == user_id))
                return
            conn.execute(users)
            conn.execute(delete(project_quotas).where(project_quotas.c.project_id == project_id))

        self._database.transaction(work, safe=True)

    def class_limits(self, context: RequestContext, *, name: str) -> dict[str, int]:
        """A class, complete."""
        return self._database.read(lambda conn: quotas.class_limits(conn, self._conf, name))

    def set_class_limits(self, context: RequestContext, *, name: str, limits: dict[str, int]) -> dict[str, int]:
        """Set some limits of a class."""

        def work(conn: Connection) -> dict[str, int]:
            _check_values(limits)
            quotas.lock(conn, f"class:{name}")
            if limits:
                quotas.write_class(conn, name, limits)
            return quotas.class_limits(conn, self._conf, name)

        return self._database.transaction(work, safe=True)

    def _usages(self, conn: Connection, project_id: str, user_id: str | None) -> dict[str, Usage]:
        of_project, of_user = quotas.limits(conn, self._conf, project_id, user_id)
        allowed = of_project | of_user
        used = usage.used(conn, list(allowed), project_id, user_id)
        if user_id is not None:
            used["key_pairs"] = usage.keypairs(conn, user_id)
        return {name: Usage(limit=limit, in_use=used[name]) for name, limit in allowed.items()}


def _check_values(limits: Mapping[str, int]) -> None:
    for name, limit in limits.items():
        if name not in quotas.OPTION_OF:
            raise BadRequest(reason=f"There is no quota named {name}.")
        if not quotas.UNLIMITED <= limit <= _LARGEST:
            raise BadRequest(reason=f"Quota limit {limit} for {name} must be between -1 and {_LARGEST}.")


def _check_not_below_use(limits: Mapping[str, int], now: Mapping[str, Usage]) -> None:
    for name, limit in limits.items():
        if limit != quotas.UNLIMITED and limit < now[name].in_use:
            raise BadRequest(
                reason=f"Quota limit {limit} for {name} must be greater than or equal to"
                f" already used and reserved {now[name].in_use}."
            )


def _check_within(limits: Mapping[str, int], of_project: Mapping[str, int]) -> None:
    for name, limit in limits.items():
        largest = of_project[name]
        if largest != quotas.UNLIMITED and (limit == quotas.UNLIMITED or limit > largest):
            raise BadRequest(reason=f"Quota limit {limit} for {name} must be less than or equal to {largest}.")
