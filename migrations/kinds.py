"""What the migrations' columns are made of. Migrations are history: what is here is added to, never changed.

Each migration spells its tables out, though nova.conductor.db.tables says the same of the newest schema: a migration
that followed the tables would make another schema with each release. A test compares where both lead.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

OPTIONS: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
LIVE: dict[str, Any] = {"postgresql_where": sa.text("deleted = 0"), "sqlite_where": sa.text("deleted = 0")}


def moment() -> Any:
    """A time with microseconds."""
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")


def long_text() -> Any:
    """Text of up to 16 MiB."""
    return sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql")


def big_number() -> Any:
    """64 bits; a primary key that counts up must be INTEGER in SQLite."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def stamps() -> list[sa.Column[Any]]:
    """When a row was made and changed."""
    return [sa.Column("created_at", moment(), nullable=False), sa.Column("updated_at", moment())]


def soft() -> list[sa.Column[Any]]:
    """Stamps of a table whose deleted rows stay for a while."""
    deleted = sa.Column("deleted", sa.Integer(), nullable=False, server_default=sa.text("0"))
    return [*stamps(), sa.Column("deleted_at", moment()), deleted]
