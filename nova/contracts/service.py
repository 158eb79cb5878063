"""Services: which daemon lives where, and whether it is alive by the database's clock."""

from __future__ import annotations

import datetime

from nova.base.context import RequestContext
from nova.base.contract import Contract, call, cast
from nova.contracts.record import Record


class Service(Record, frozen=True, kw_only=True):
    """A daemon on a host. `alive` is decided by the conductor from the database's clock and `forced_down`."""

    id: int
    uuid: str
    binary: str
    host: str
    topic: str
    zone: str
    disabled: bool = False
    disabled_reason: str | None = None
    forced_down: bool = False
    alive: bool = False
    last_seen: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None


class ServiceChange(Record, frozen=True, kw_only=True):
    """What an operator changes; None leaves as it is. `disabled_reason` only with `disabled` true."""

    disabled: bool | None = None
    disabled_reason: str | None = None
    forced_down: bool | None = None


class ZoneHosts(Record, frozen=True, kw_only=True):
    """An availability zone with its services; no server may ask for the `internal` one."""

    name: str
    available: bool
    services: list[Service]
    internal: bool = False


class Services(Contract):
    """Services as the conductor keeps them."""

    topic = "conductor"
    namespace = "services"

    @call(timeout=10)
    def beat(self, context: RequestContext, *, binary: str, host: str, topic: str) -> None:
        """A sign of life; registers the service the first time."""
        ...

    @cast
    def stopped(self, context: RequestContext, *, binary: str, host: str) -> None:
        """A daemon ends on purpose: it counts as down at once, and if this is lost after the usual silence."""
        ...

    @call(timeout=30)
    def find(self, context: RequestContext, *, host: str | None = None, binary: str | None = None) -> list[Service]:
        """All services, or those of a host or binary."""
        ...

    @call(timeout=30)
    def change(
        self,
        context: RequestContext,
        *,
        change: ServiceChange,
        uuid: str | None = None,
        host: str | None = None,
        binary: str | None = None,
    ) -> Service:
        """By uuid, or by host and binary. NotFound."""
        ...

    @call(timeout=30)
    def delete(self, context: RequestContext, *, id: str) -> None:
        """By number or uuid. NotFound; Conflict while a compute still hosts servers."""
        ...

    @call(timeout=30)
    def zones(self, context: RequestContext, *, with_services: bool = False) -> list[ZoneHosts]:
        """Availability zones; the internal one holds what is not nova-compute."""
        ...
