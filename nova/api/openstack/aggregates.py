"""/os-aggregates: sets of hosts, to look at."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.ids import number_of
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, rule
from nova.api.web.views import Field, View, long_stamp
from nova.contracts.aggregate import Aggregates

LIST = rule("os_compute_api:os-aggregates:index", ADMIN, "List the aggregates.")
LOOK = rule("os_compute_api:os-aggregates:show", ADMIN, "Look at an aggregate.")

extension("os-aggregates", "Aggregates", "Admin-only aggregate administration.")

VIEW = View(
    Field("id", "id"),
    Field("uuid", "uuid", since=41),
    Field("name", "name"),
    Field("availability_zone", lambda aggregate, call: aggregate.metadata.get("availability_zone")),
    Field("hosts", "hosts"),
    Field("metadata", "metadata"),
    Field("created_at", lambda aggregate, call: long_stamp(aggregate.created_at)),
    Field("updated_at", lambda aggregate, call: long_stamp(aggregate.updated_at)),
    Field("deleted", lambda aggregate, call: False),
    Field("deleted_at", lambda aggregate, call: None),
)


@operation("GET", "/os-aggregates", rule=LIST)
def index(call: Call) -> dict[str, Any]:
    """All aggregates."""
    return {"aggregates": VIEW.list(call, call.conductor(Aggregates).find(call.context))}


@operation("GET", "/os-aggregates/{id}", rule=LOOK, errors=(400, 404))
def show(call: Call, id: str) -> dict[str, Any]:
    """One aggregate, by its number."""
    found = call.conductor(Aggregates).get(call.context, id=number_of("Aggregate", id))
    return {"aggregate": VIEW.show(call, found)}
