"""What the metadata service serves, by the guest's address."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.guest import Guest


class Metadata(Contract):
    """What nova-api-metadata asks the conductor."""

    topic = "conductor"
    namespace = "metadata"

    @call(timeout=10)
    def by_address(self, context: RequestContext, *, address: str) -> Guest:
        """The live server that has this fixed address, with all its documents are made of. NotFound."""
        ...
