"""Key pairs: only public halves are ever kept."""

from __future__ import annotations

import datetime

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.record import Page, Record


class KeyPair(Record, frozen=True, kw_only=True):
    """A user's key. `type` is ssh or x509."""

    id: int = 0
    user_id: str
    name: str
    type: str = "ssh"
    public_key: str
    fingerprint: str
    created_at: datetime.datetime | None = None
    updated_at: datetime.datetime | None = None


class KeyPairs(Contract):
    """Key pairs as the conductor keeps them, by user id."""

    topic = "conductor"
    namespace = "keypairs"

    @call(timeout=30)
    def find(self, context: RequestContext, *, user_id: str, page: Page) -> list[KeyPair]:
        """By name ascending; the marker is a name. BadRequest for an unknown marker."""
        ...

    @call(timeout=30)
    def get(self, context: RequestContext, *, user_id: str, name: str) -> KeyPair:
        """NotFound."""
        ...

    @call(timeout=30)
    def create(self, context: RequestContext, *, keypair: KeyPair) -> KeyPair:
        """AlreadyExists; OverQuota (key_pairs is counted per user)."""
        ...

    @call(timeout=30)
    def delete(self, context: RequestContext, *, user_id: str, name: str) -> None:
        """NotFound."""
        ...
