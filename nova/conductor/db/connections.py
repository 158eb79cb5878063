"""Engines for the three databases: UTC, utf8mb4, READ COMMITTED; SQLite with a log and early write locks."""

from __future__ import annotations

import datetime
from typing import Any

from oslo_config import cfg
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError

from nova.conductor.db.patterns import Regexp

_DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "mariadb+pymysql": "mysql+pymysql",
    "postgresql": "postgresql+psycopg2",
    "postgres": "postgresql+psycopg2",
}
# TRADITIONAL: a value that does not fit is refused, never cut.
_MYSQL_SETTINGS = "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL'"
_BUSY_TIMEOUT_MS = 30_000
BEGIN = "BEGIN IMMEDIATE"


def url_of(conf: cfg.ConfigOpts) -> URL:
    """[database] connection, with the driver and the parameters this project uses. ValueError without a usable one."""
    if not conf.database.connection:
        raise ValueError("[database] connection is not set")
    try:
        url = make_url(conf.database.connection)
    except ArgumentError as error:
        raise ValueError("[database] connection is not a URL, such as mysql+pymysql://user:pw@host/nova") from error
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("[database] connection names no file, such as sqlite:////var/lib/nova/nova.sqlite")
    if url.get_backend_name() == "mysql":
        url = url.update_query_dict({"charset": "utf8mb4"})
    return url


def writer(conf: cfg.ConfigOpts) -> Engine:
    """Connections whose work is a transaction."""
    url = url_of(conf)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, **_pool(conf))
        _prepare_sqlite(engine, conf)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    # Each unit of work ends its own transaction: the pool need not roll back once more.
    engine = create_engine(
        url, isolation_level="READ COMMITTED", pool_reset_on_return=None, **_pool(conf), **_arguments(url)
    )
    # Many rows for one table go in one statement, also where the driver alone would send one for each.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine


def reader(conf: cfg.ConfigOpts) -> Engine:
    """Connections for queries only: each sees what is committed, and none costs a begin or a commit."""
    url = url_of(conf)
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, **_pool(conf))
        _prepare_sqlite(engine, conf)
        return engine
    return create_engine(
        url, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True, **_pool(conf), **_arguments(url)
    )


def _pool(conf: cfg.ConfigOpts) -> dict[str, Any]:
    return {
        "pool_size": conf.database.max_pool_size,
        "max_overflow": conf.database.max_overflow,
        "pool_timeout": conf.database.pool_timeout,
        "pool_recycle": conf.database.connection_recycle_time,
        # Values are users' passwords, keys and data: they stay out of errors, and with them out of logs and faults.
        "hide_parameters": True,
    }


def _arguments(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        return {"connect_args": {"options": "-c timezone=utc", "connect_timeout": 10}}
    return {"connect_args": {"init_command": _MYSQL_SETTINGS, "connect_timeout": 10}}


def _prepare_sqlite(engine: Engine, conf: cfg.ConfigOpts) -> None:
    synchronous = "NORMAL" if conf.database.sqlite_synchronous else "OFF"

    def prepare(connection: Any, record: Any) -> None:
        # The driver's own transactions begin too late; they are begun by _begin_immediate.
        connection.isolation_level = None
        connection.create_function("nova_clock", 0, _clock)
        connection.create_function("regexp", 2, Regexp())
        for setting in (
            f"busy_timeout = {_BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            f"synchronous = {synchronous}",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {setting}")

    event.listen(engine, "connect", prepare)


def _clock() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _begin_immediate(connection: Connection) -> None:
    # With the write lock from the start two units of work cannot both read and then both want to write.
    connection.exec_driver_sql(BEGIN)
