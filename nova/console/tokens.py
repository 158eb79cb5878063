"""nova-consoleauth: gives tokens out and takes them back."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from nova.base.context import RequestContext
from nova.contracts.console import ConsoleAccess, ConsoleAuth, ConsoleTokens
from nova.contracts.errors import NotFound

# Ours are 36 characters long; whatever is much longer is not looked for.
LONGEST_TOKEN = 255


class ConsoleAuthEndpoint(ConsoleAuth):
    """Makes tokens that nobody can guess; only their hashes leave this process, so no table or log holds one."""

    def __init__(self, tokens: ConsoleTokens, ttl: int) -> None:
        self._tokens, self._ttl = tokens, ttl

    def authorize(self, context: RequestContext, *, access: ConsoleAccess) -> str:
        """A fresh token, in the shape of a uuid as clients expect."""
        token = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
        self._tokens.store(context, token_hash=token_hash(token), access=access, ttl=self._ttl)
        return token

    def redeem(self, context: RequestContext, *, token: str) -> ConsoleAccess:
        """Opens once."""
        _refuse_nonsense(token)
        try:
            return self._tokens.take(context, token_hash=token_hash(token))
        except NotFound:
            raise _not_found() from None


def token_hash(token: str) -> str:
    """What is stored instead of a token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _refuse_nonsense(token: str) -> None:
    if not 0 < len(token) <= LONGEST_TOKEN:
        raise _not_found()


def _not_found() -> NotFound:
    """Says nothing of the token itself: errors are logged."""
    return NotFound(what="Console", id="token")
