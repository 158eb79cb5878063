"""What was done to a server, by whom, and how it went."""

from __future__ import annotations

import datetime

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.record import Page, Record


class ActionEvent(Record, frozen=True, kw_only=True):
    """One step of an action on a host. `result` is None while it runs, else Success or Error."""

    event: str
    host: str | None = None
    host_id: str | None = None
    start_time: datetime.datetime
    finish_time: datetime.datetime | None = None
    result: str | None = None
    traceback: str | None = None
    details: str | None = None


class InstanceAction(Record, frozen=True, kw_only=True):
    """One request about a server: create, delete, stop, start, reboot ..."""

    action: str
    server: str
    request_id: str
    user_id: str
    project_id: str
    start_time: datetime.datetime
    updated_at: datetime.datetime | None = None
    message: str | None = None
    events: list[ActionEvent] = []


class ActionFilter(Record, frozen=True, kw_only=True):
    """What a list of actions is narrowed to."""

    changes_since: datetime.datetime | None = None
    changes_before: datetime.datetime | None = None


class InstanceActions(Contract):
    """Actions as the conductor keeps them."""

    topic = "conductor"
    namespace = "instance_actions"

    @call(timeout=30)
    def find(
        self, context: RequestContext, *, server: str, filters: ActionFilter, page: Page, deleted: bool = False
    ) -> list[InstanceAction]:
        """Newest first, without events. `deleted`: also of servers that are gone. The page's marker is a request id."""
        ...

    @call(timeout=30)
    def get(self, context: RequestContext, *, server: str, request_id: str, deleted: bool = False) -> InstanceAction:
        """With its events. NotFound."""
        ...
