"""Quotas: limits by user, project and class, and what is used, counted from the live rows."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.record import Record


class Usage(Record, frozen=True, kw_only=True):
    """A resource's limit (-1: none) and use; `reserved` is what tasks under way hold, 0 here since use is counted."""

    limit: int
    in_use: int = 0
    reserved: int = 0


class Quotas(Contract):
    """Quotas as the conductor keeps them. Resource words: the contract's quota table."""

    topic = "conductor"
    namespace = "quotas"

    @call(timeout=30)
    def usages(self, context: RequestContext, *, project_id: str, user_id: str | None = None) -> dict[str, Usage]:
        """Every resource of a project, or of one user in it."""
        ...

    @call(timeout=30)
    def defaults(self, context: RequestContext) -> dict[str, int]:
        """Limits of a project that has none of its own: the default class, else the settings."""
        ...

    @call(timeout=30)
    def set_limits(
        self,
        context: RequestContext,
        *,
        project_id: str,
        limits: dict[str, int],
        user_id: str | None = None,
        force: bool = False,
    ) -> dict[str, Usage]:
        """BadRequest below what is used (unless forced) or above the project's own limit for a user."""
        ...

    @call(timeout=30)
    def delete_limits(self, context: RequestContext, *, project_id: str, user_id: str | None = None) -> None:
        """Back to the defaults."""
        ...

    @call(timeout=30)
    def class_limits(self, context: RequestContext, *, name: str) -> dict[str, int]:
        """A quota class."""
        ...

    @call(timeout=30)
    def set_class_limits(self, context: RequestContext, *, name: str, limits: dict[str, int]) -> dict[str, int]:
        """Change a quota class; answers all of it."""
        ...
