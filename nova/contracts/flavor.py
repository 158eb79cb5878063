"""Flavors: sizes of servers."""

from __future__ import annotations

import datetime

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.record import Page, Record


class Flavor(Record, frozen=True, kw_only=True):
    """A size. `memory_mb` and `swap` in MiB, `root_gb` and `ephemeral_gb` in GiB; `flavorid` is the API's id."""

    id: int = 0
    flavorid: str
    name: str
    memory_mb: int
    vcpus: int
    root_gb: int
    ephemeral_gb: int = 0
    swap: int = 0
    rxtx_factor: float = 1.0
    is_public: bool = True
    disabled: bool = False
    description: str | None = None
    extra_specs: dict[str, str] = {}


class FlavorFilter(Record, frozen=True, kw_only=True):
    """What a list of flavors is narrowed to; `is_public` None means both. `name` is a part of the name (2.102)."""

    is_public: bool | None = True
    min_ram: int | None = None
    min_disk: int | None = None
    changes_since: datetime.datetime | None = None
    name: str | None = None


class Flavors(Contract):
    """Flavors as the conductor keeps them. A project that is not admin sees public ones and those it was given."""

    topic = "conductor"
    namespace = "flavors"

    @call(timeout=30)
    def find(self, context: RequestContext, *, filters: FlavorFilter, page: Page) -> list[Flavor]:
        """One page. NotFound (marker) as BadRequest."""
        ...

    @call(timeout=30)
    def get(self, context: RequestContext, *, flavorid: str) -> Flavor:
        """NotFound when unknown or not visible."""
        ...

    @call(timeout=30)
    def create(self, context: RequestContext, *, flavor: Flavor) -> Flavor:
        """AlreadyExists when name or flavorid is taken."""
        ...

    @call(timeout=30)
    def set_description(self, context: RequestContext, *, flavorid: str, description: str | None) -> Flavor:
        """NotFound."""
        ...

    @call(timeout=30)
    def delete(self, context: RequestContext, *, flavorid: str) -> None:
        """NotFound."""
        ...

    @call(timeout=30)
    def access(self, context: RequestContext, *, flavorid: str) -> list[str]:
        """The project ids that may use a private flavor; NotFound for public ones."""
        ...

    @call(timeout=30)
    def add_access(self, context: RequestContext, *, flavorid: str, project_id: str) -> list[str]:
        """AlreadyExists when it has access already."""
        ...

    @call(timeout=30)
    def remove_access(self, context: RequestContext, *, flavorid: str, project_id: str) -> list[str]:
        """NotFound when it had none."""
        ...

    @call(timeout=30)
    def set_extra_specs(self, context: RequestContext, *, flavorid: str, specs: dict[str, str]) -> dict[str, str]:
        """Add or replace these keys; answers all."""
        ...

    @call(timeout=30)
    def delete_extra_spec(self, context: RequestContext, *, flavorid: str, key: str) -> None:
        """NotFound when the flavor has no such key."""
        ...
