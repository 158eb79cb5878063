"""What an operator asks of the conductor beyond the API: an audit."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.audit import Finding


class Upkeep(Contract):
    """Behind `nova-manage`. For admins only."""

    topic = "conductor"
    namespace = "upkeep"

    @call(timeout=600, monitored=True)
    def audit(self, context: RequestContext, *, hosts: list[str]) -> list[Finding]:
        """Everything without an owner, in the database and on the hosts (empty list: all that are up)."""
        ...
