"""GET /versions/{id}: a version document, from inside a version."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.microversion import LAST
from nova.api.web.operations import operation
from nova.api.web.schema import repeatable
from nova.api.web.versions import VERSIONS, base_url, document
from nova.contracts.errors import NotFound


@operation("GET", "/versions/{id}", rule=None, query=repeatable({}, open_until=LAST), errors=(404,))
def show(call: Call, id: str) -> dict[str, Any]:
    """One version, by the id the list shows."""
    for name, known in VERSIONS.items():
        if known["id"] == id:
            return {"version": document(base_url(call.http), name)}
    raise NotFound(what="Version", id=id)
