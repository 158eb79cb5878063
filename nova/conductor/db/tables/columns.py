"""The kinds of columns all tables are made of, and the one MetaData they belong to."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    literal_column,
    text,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.schema import SchemaItem

METADATA = MetaData()

# Binary collation: names, tokens and uuids compare exactly, as on the other databases.
_MYSQL: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}


class Moment(TypeDecorator[datetime.datetime]):
    """A time with microseconds: aware UTC in Python, without a zone in the database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """MySQL keeps whole seconds unless told otherwise."""
        kind = mysql.DATETIME(fsp=6) if dialect.name == "mysql" else DateTime()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """Aware times only: a naive one would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(datetime.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime.datetime | None:
        """As it was stored, said to be UTC."""
        return None if value is None else value.replace(tzinfo=datetime.UTC)


class clock(FunctionElement[datetime.datetime]):  # noqa: N801 - reads as the SQL function it stands for
    """The database's clock as an SQL expression: UTC with microseconds, the moment the statement runs."""

    type = Moment()
    inherit_cache = True


@compiles(clock, "mysql")
def _mysql_clock(element: clock, compiler: Any, **kw: Any) -> str:
    return "UTC_TIMESTAMP(6)"


@compiles(clock, "postgresql")
def _postgresql_clock(element: clock, compiler: Any, **kw: Any) -> str:
    return "timezone('utc', clock_timestamp())"


@compiles(clock, "sqlite")
def _sqlite_clock(element: clock, compiler: Any, **kw: Any) -> str:
    # SQLite's own clock has milliseconds; the engine gives every connection this function.
    return "nova_clock()"


def number() -> Column[int]:
    """The primary key: a number the database gives."""
    return Column("id", Integer, primary_key=True, autoincrement=True)


def long_number() -> Column[int]:
    """The primary key of a table that grows fast."""
    return Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True)


def uuid(name: str = "uuid", **kw: Any) -> Column[str]:
    """A uuid as text."""
    return Column(name, String(36), **kw)


def word(name: str, length: int = 255, **kw: Any) -> Column[str]:
    """A short text."""
    return Column(name, String(length), **kw)


def document(name: str, **kw: Any) -> Column[str]:
    """A long text, often JSON (see nova.conductor.db.document)."""
    return Column(name, long_text(), **kw)


def long_text() -> Any:
    """Text of up to 16 MiB."""
    return Text().with_variant(mysql.MEDIUMTEXT(), "mysql")


def moment(name: str, **kw: Any) -> Column[datetime.datetime]:
    """A time with microseconds, UTC."""
    return Column(name, Moment(), **kw)


def table(name: str, *items: SchemaItem, soft: bool = False) -> Table:
    """A table with the columns all have. `soft`: deleted rows stay until purged, `deleted` being 0 or their id."""
    stamps: list[SchemaItem] = [
        moment("created_at", nullable=False, default=clock()),
        moment("updated_at", onupdate=clock()),
    ]
    if soft:
        stamps += [
            moment("deleted_at"),
            Column("deleted", Integer, nullable=False, default=0, server_default=text("0")),
        ]
    columns = [item for item in items if isinstance(item, Column)]
    others = [item for item in items if not isinstance(item, Column)]
    return Table(name, METADATA, *columns, *stamps, *others, **_MYSQL)


def live_index(name: str, *columns: str) -> Index:
    """An index over the live rows only, where the database has such; name `deleted` among the columns for the others.

    It is used by queries that say `live(table)`.
    """
    alive = text("deleted = 0")
    return Index(name, *columns, postgresql_where=alive, sqlite_where=alive)


def live(table: Table) -> ColumnElement[bool]:
    """The condition that a row of a soft-deletable table is live.

    Written with a literal: SQLite does not use a partial index for a bound value.
    """
    return table.c.deleted == literal_column("0")
