"""Console tokens: one-use, expiring, bound to a server and a host."""

from __future__ import annotations

from urllib.parse import quote

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.guest import ConsoleTarget
from nova.contracts.record import Record


class ConsoleAccess(Record, frozen=True, kw_only=True):
    """What a token opens. `access_url_base` is the proxy's public address without the token."""

    server: str
    console_type: str
    target: ConsoleTarget
    access_url_base: str


class ConsoleAuth(Contract):
    """What nova-consoleauth does when asked."""

    topic = "consoleauth"
    namespace = "consoleauth"

    @call(timeout=30)
    def authorize(self, context: RequestContext, *, access: ConsoleAccess) -> str:
        """A fresh token for this access; the caller puts it into the URL."""
        ...

    @call(timeout=90)
    def redeem(self, context: RequestContext, *, token: str) -> ConsoleAccess:
        """Take the token: it opens once. NotFound when unknown, used or expired, or its screen is another's by now."""
        ...


class ConsoleTokens(Contract):
    """Tokens as the conductor keeps them: only the hash is stored."""

    topic = "conductor"
    namespace = "console_tokens"

    @call(timeout=30)
    def store(self, context: RequestContext, *, token_hash: str, access: ConsoleAccess, ttl: int) -> None:
        """Valid for `ttl` seconds by the database's clock."""
        ...

    @call(timeout=60)
    def take(self, context: RequestContext, *, token_hash: str) -> ConsoleAccess:
        """Atomically remove and answer.

        NotFound when it is not there, expired, its server left that host, or its guest has no screen there any more;
        Unavailable, without removing it, when the host does not answer.
        """
        ...


def console_url(base: str, token: str) -> str:
    """Where the user's browser finds the screen: the proxy's page, told to open its WebSocket with the token."""
    return f"{base}{'&' if '?' in base else '?'}path={quote(f'?token={token}')}"
