"""Whether a daemon is alive, by the database's clock."""

from __future__ import annotations

import datetime
import re
import uuid as uuids
from collections.abc import Collection
from typing import Any

from oslo_config import cfg
from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from nova.conductor.db.engine import now
from nova.conductor.db.tables import clock, live, services
from nova.contracts.errors import BadRequest

COMPUTE = "nova-compute"

_NAME = re.compile(r"[!-~]{1,255}")


def deadline(conn: Connection, conf: cfg.ConfigOpts) -> datetime.datetime:
    """Who has not been seen since then is down."""
    return now(conn) - datetime.timedelta(seconds=conf.service_down_time)


def alive(row: Row[Any], since: datetime.datetime) -> bool:
    """Whether the service of this row is alive; `since` is the `deadline`."""
    if row.forced_down or row.stopped or row.last_seen_up is None:
        return False
    return bool(row.last_seen_up >= since)


def is_alive(since: datetime.datetime) -> ColumnElement[bool]:
    """The same, as a condition on the services table."""
    return and_(
        services.c.forced_down.is_(False),
        services.c.stopped.is_(False),
        services.c.last_seen_up.is_not(None),
        services.c.last_seen_up >= since,
    )


def beat(conn: Connection, conf: cfg.ConfigOpts, *, binary: str, host: str, topic: str) -> None:
    """A sign of life, in one statement; the first one registers the service. BadRequest for what is no name."""
    for name in (binary, host, topic):
        if not _NAME.fullmatch(name):
            raise BadRequest(reason=f"A daemon is named by 1 to 255 visible characters, not {name[:40]!r}.")
    seen = {"last_seen_up": clock(), "stopped": False, "topic": topic, "report_count": services.c.report_count + 1}
    if conn.execute(update(services).where(of(binary, host)).values(seen)).rowcount:
        return
    conn.execute(
        insert(services).values(
            uuid=str(uuids.uuid4()),
            binary=binary,
            host=host,
            topic=topic,
            last_seen_up=clock(),
            disabled=binary == COMPUTE and not conf.enable_new_services,
        )
    )


def of(binary: str, host: str) -> ColumnElement[bool]:
    """The live row of a daemon on a host."""
    return and_(services.c.host == host, services.c.binary == binary, live(services))


def closed(conn: Connection, hosts: Collection[str]) -> set[str]:
    """Those of the compute hosts that an operator disabled or forced down."""
    query = select(services.c.host).where(
        services.c.host.in_(hosts),
        services.c.binary == COMPUTE,
        or_(services.c.disabled.is_(True), services.c.forced_down.is_(True)),
        live(services),
    )
    return set(conn.execute(query).scalars())
