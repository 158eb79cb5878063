"""What the metadata service serves, by the guest's address."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.guest import Guest
from nova.contracts.guest_options import METADATA_SECONDS


class Metadata(Contract):
    """What nova-api-metadata asks the conductor."""

    topic = "conductor"
    namespace = "metadata"

    @call(timeout=METADATA_SECONDS)
    def by_address(self, context: RequestContext, *, address: str) -> Guest:
        """The live server that has this fixed address, with all its documents are made of. NotFound."""
        ...


class GuestPasswords(Contract):
    """Passwords that guests made up for their users, sealed with the users' public keys: nobody here can read them."""

    topic = "conductor"
    namespace = "guest_passwords"

    @call(timeout=10)
    def leave(self, context: RequestContext, *, server: str, sealed: str) -> None:
        """Keep at most 1020 ASCII characters for the server. Conflict when there is one already; ServerNotFound."""
        ...
