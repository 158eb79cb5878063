"""Key pairs in the database."""

from __future__ import annotations

from oslo_config import cfg
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select
from sqlalchemy.exc import IntegrityError

from nova.base.context import RequestContext
from nova.conductor import quotas
from nova.conductor.db import paging
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import key_pairs
from nova.contracts.errors import AlreadyExists, NotFound
from nova.contracts.keypair import KeyPair, KeyPairs
from nova.contracts.record import Page


class KeyPairEndpoint(KeyPairs):
    """What the conductor does about key pairs."""

    def __init__(self, database: Database, conf: cfg.ConfigOpts) -> None:
        self._database = database
        self._conf = conf

    def find(self, context: RequestContext, *, user_id: str, page: Page) -> list[KeyPair]:
        """One page by name."""
        return self._database.read(lambda conn: find(conn, user_id, page))

    def get(self, context: RequestContext, *, user_id: str, name: str) -> KeyPair:
        """One of a user's."""
        return self._database.read(lambda conn: get(conn, user_id, name))

    def create(self, context: RequestContext, *, keypair: KeyPair) -> KeyPair:
        """Within the user's quota."""

        def work(conn: Connection) -> KeyPair:
            if conn.execute(select(key_pairs.c.id).where(_named(keypair.user_id, keypair.name))).first():
                raise _taken(keypair)
            quotas.check_keypairs(conn, self._conf, context, keypair.user_id)
            conn.execute(
                insert(key_pairs).values(
                    user_id=keypair.user_id,
                    name=keypair.name,
                    type=keypair.type,
                    public_key=keypair.public_key,
                    fingerprint=keypair.fingerprint,
                )
            )
            return get(conn, keypair.user_id, keypair.name)

        try:
            return self._database.transaction(work)
        except IntegrityError as error:
            raise _taken(keypair) from error

    def delete(self, context: RequestContext, *, user_id: str, name: str) -> None:
        """Servers made with it keep their copy."""

        def work(conn: Connection) -> None:
            if not conn.execute(delete(key_pairs).where(_named(user_id, name))).rowcount:
                raise _unknown(name)

        self._database.transaction(work)


def find(conn: Connection, user_id: str, page: Page) -> list[KeyPair]:
    """One page by name. BadRequest for an unknown marker."""
    if page.marker is not None and not conn.execute(select(key_pairs.c.id).where(_named(user_id, page.marker))).first():
        raise paging.no_marker(page.marker)
    query = paging.page(
        select(key_pairs).where(key_pairs.c.user_id == user_id),
        [(key_pairs.c.name, "asc")],
        page.limit,
        None if page.marker is None else [page.marker],
    )
    return [KeyPair(**row._mapping) for row in conn.execute(query)]


def get(conn: Connection, user_id: str, name: str) -> KeyPair:
    """One of a user's. NotFound."""
    row = conn.execute(select(key_pairs).where(_named(user_id, name))).one_or_none()
    if row is None:
        raise _unknown(name)
    return KeyPair(**row._mapping)


def _named(user_id: str, name: str) -> ColumnElement[bool]:
    return and_(key_pairs.c.user_id == user_id, key_pairs.c.name == name)


def _taken(keypair: KeyPair) -> AlreadyExists:
    return AlreadyExists(what="Key pair", id=f"'{keypair.name}'")


def _unknown(name: str) -> NotFound:
    return NotFound(what="Keypair", id=name)
