"""Console tokens in the database: only hashes, each of which opens once."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from nova.base.context import RequestContext
from nova.conductor import guests
from nova.conductor.db.engine import now
from nova.conductor.db.tables import clock, console_auth_tokens, instances, live
from nova.conductor.tasks.plan import Cloud
from nova.contracts.compute import Compute
from nova.contracts.console import ConsoleAccess, ConsoleTokens
from nova.contracts.errors import BadRequest, Conflict, NotFound, ServerNotFound
from nova.contracts.guest import ConsoleTarget, GuestRef

# The word the API uses for a console, and the kind of screen behind it.
_KIND_OF = {
    "novnc": "vnc",
    "xvpvnc": "vnc",
    "spice-html5": "spice",
    "spice-direct": "spice",
    "rdp-html5": "rdp",
    "webmks": "mks",
}


class ConsoleTokenEndpoint(ConsoleTokens):
    """What the conductor does about console tokens."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._database = cloud, cloud.database

    def store(self, context: RequestContext, *, token_hash: str, access: ConsoleAccess, ttl: int) -> None:
        """Bound to the server and the host it is on now."""

        def work(conn: Connection) -> None:
            conn.execute(delete(console_auth_tokens).where(console_auth_tokens.c.expires < clock()))
            host = conn.execute(
                select(instances.c.host).where(instances.c.uuid == access.server, live(instances))
            ).one_or_none()
            if host is None:
                raise ServerNotFound(id=access.server)
            conn.execute(
                insert(console_auth_tokens).values(
                    token_hash=token_hash,
                    console_type=access.console_type,
                    host=access.target.host,
                    port=access.target.port,
                    internal_access_path=access.target.internal_access_path,
                    access_url_base=access.access_url_base,
                    instance_uuid=access.server,
                    instance_host=host.host,
                    expires=now(conn) + datetime.timedelta(seconds=ttl),
                )
            )

        self._database.transaction(work)

    def take(self, context: RequestContext, *, token_hash: str) -> ConsoleAccess:
        """Of two at once only one gets it.

        The server's host is asked whether the screen is still there: a guest that stops gives its port back, and the
        next one to start may get it.
        """
        self._require_screen(context, token_hash)

        def work(conn: Connection) -> ConsoleAccess:
            take = update(console_auth_tokens).where(*_valid(token_hash)).values(consumed=True)
            if not conn.execute(take).rowcount:
                raise _unknown()
            return _access(conn, token_hash)

        return self._database.transaction(work)

    def _require_screen(self, context: RequestContext, token_hash: str) -> None:
        def work(conn: Connection) -> tuple[ConsoleAccess, GuestRef, str]:
            if conn.execute(select(console_auth_tokens.c.id).where(*_valid(token_hash))).first() is None:
                raise _unknown()
            access = _access(conn, token_hash)
            host = conn.execute(select(instances.c.host).where(instances.c.uuid == access.server)).scalar_one()
            return access, guests.ref(conn, self._cloud.conf, access.server), host

        access, guest, host = self._database.read(work)
        try:
            compute = self._cloud.bus.client(Compute, host=host)
            found = compute.console_target(context, guest=guest, kind=access.target.kind)
        except (BadRequest, Conflict, ServerNotFound) as gone:
            raise _unknown() from gone
        if found != access.target:
            raise _unknown()


def _valid(token_hash: str) -> list[Any]:
    tokens = console_auth_tokens.c
    return [tokens.token_hash == token_hash, tokens.consumed.is_(False), tokens.expires > clock()]


def _access(conn: Connection, token_hash: str) -> ConsoleAccess:
    """What the token opens, if its server is still where it was."""
    tokens = console_auth_tokens.c
    row: Row[Any] | None = conn.execute(
        select(console_auth_tokens)
        .join(instances, instances.c.uuid == tokens.instance_uuid)
        .where(tokens.token_hash == token_hash, live(instances), instances.c.host == tokens.instance_host)
    ).one_or_none()
    if row is None:
        raise _unknown()
    return ConsoleAccess(
        server=row.instance_uuid,
        console_type=row.console_type,
        target=ConsoleTarget(
            kind=_KIND_OF.get(row.console_type, row.console_type),
            host=row.host,
            port=row.port,
            internal_access_path=row.internal_access_path,
        ),
        access_url_base=row.access_url_base or "",
    )


def _unknown() -> NotFound:
    return NotFound(what="Console token", id="(hidden)")
