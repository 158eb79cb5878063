"""Security groups: named sets of ingress rules."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.record import Page, Record


class GroupRule(Record, frozen=True, kw_only=True):
    """One rule: from a range (`cidr`) or from the members of another group (`group_name` of `group_project_id`)."""

    id: int = 0
    parent_group_id: int
    protocol: str | None = None
    from_port: int | None = None
    to_port: int | None = None
    cidr: str | None = None
    group_id: int | None = None
    group_name: str | None = None
    group_project_id: str | None = None


class SecurityGroup(Record, frozen=True, kw_only=True):
    """A project's group with its rules."""

    id: int
    name: str
    description: str
    project_id: str
    user_id: str | None = None
    rules: list[GroupRule] = []


class SecurityGroups(Contract):
    """Groups as the conductor keeps them. Each project has a group "default", made when first needed."""

    topic = "conductor"
    namespace = "security_groups"

    @call(timeout=30)
    def find(self, context: RequestContext, *, page: Page, all_projects: bool = False) -> list[SecurityGroup]:
        """With their rules; the marker is an offset-free id."""
        ...

    @call(timeout=30)
    def get(self, context: RequestContext, *, id: int) -> SecurityGroup:
        """NotFound."""
        ...

    @call(timeout=30)
    def of_server(self, context: RequestContext, *, server: str) -> list[SecurityGroup]:
        """The groups a server is in, with their rules. ServerNotFound."""
        ...

    @call(timeout=30)
    def create(self, context: RequestContext, *, name: str, description: str) -> SecurityGroup:
        """AlreadyExists as BadRequest (as clients expect); OverQuota."""
        ...

    @call(timeout=30)
    def update(self, context: RequestContext, *, id: int, name: str, description: str) -> SecurityGroup:
        """NotFound; BadRequest for the default group's name."""
        ...

    @call(timeout=30)
    def delete(self, context: RequestContext, *, id: int) -> None:
        """NotFound; BadRequest for the default group or one in use."""
        ...

    @call(timeout=30)
    def add_rule(self, context: RequestContext, *, rule: GroupRule) -> GroupRule:
        """And bring the filters of its servers up to date. NotFound, BadRequest (exists), OverQuota."""
        ...

    @call(timeout=30)
    def delete_rule(self, context: RequestContext, *, id: int) -> None:
        """And bring the filters of its servers up to date. NotFound."""
        ...

    @call(timeout=60)
    def add_server(self, context: RequestContext, *, server: str, name: str) -> None:
        """Put a server into a group by name. NotFound, BadRequest (is in it already)."""
        ...

    @call(timeout=60)
    def remove_server(self, context: RequestContext, *, server: str, name: str) -> None:
        """Take it out. NotFound, BadRequest (is not in it)."""
        ...
