"""What changes at once, without a task: names, metadata, tags."""

from __future__ import annotations

from typing import Any

from oslo_config import cfg
from sqlalchemy import Connection, Row, delete, insert, select, update

from nova.base.context import RequestContext
from nova.conductor import quotas
from nova.conductor.db.tables import clock, instance_metadata, instances, tags
from nova.conductor.servers.find import row_of
from nova.conductor.servers.guard import refuse
from nova.contracts.errors import BadRequest, NotFound, TooManyOf
from nova.contracts.server import ServerChange
from nova.contracts.states import MOVES

MOST_TAGS = 50


def update_server(conn: Connection, context: RequestContext, server: str, change: ServerChange) -> None:
    """Write the named fields."""
    row_of(conn, context, server, lock=True)
    columns = {
        "name": ("display_name", change.name),
        "description": ("display_description", change.description),
        "hostname": ("hostname", change.hostname),
        "disk_config": ("auto_disk_config", change.disk_config == "AUTO"),
        "access_ip_v4": ("access_ip_v4", change.access_ip_v4),
        "access_ip_v6": ("access_ip_v6", change.access_ip_v6),
    }
    values = dict(columns[field] for field in change.fields)
    if values:
        conn.execute(update(instances).where(instances.c.uuid == server).values(**values))


def set_metadata(
    conn: Connection,
    conf: cfg.ConfigOpts,
    context: RequestContext,
    server: str,
    metadata: dict[str, str],
    *,
    replace: bool,
) -> dict[str, str]:
    """Add or replace keys; answers all. TooManyOf."""
    _ready(conn, context, server, "update metadata")
    wanted = metadata if replace else {**metadata_of(conn, server), **metadata}
    limit = quotas.limits(conn, conf, str(context.project_id))[0].get("metadata_items", -1)
    if 0 <= limit < len(wanted):
        raise TooManyOf(resource="metadata items", allowed=limit)
    gone = instance_metadata.c.instance_uuid == server
    conn.execute(delete(instance_metadata).where(gone if replace else gone & instance_metadata.c.key.in_(metadata)))
    if metadata:
        rows = [{"instance_uuid": server, "key": key, "value": value} for key, value in metadata.items()]
        conn.execute(insert(instance_metadata), rows)
    _touch(conn, server)
    return wanted


def delete_metadata(conn: Connection, context: RequestContext, server: str, key: str) -> None:
    """Take one key away. NotFound."""
    _ready(conn, context, server, "update metadata")
    mine = (instance_metadata.c.instance_uuid == server, instance_metadata.c.key == key)
    if not conn.execute(delete(instance_metadata).where(*mine)).rowcount:
        raise NotFound(what="Metadata item", id=key)
    _touch(conn, server)


def metadata_of(conn: Connection, server: str) -> dict[str, str]:
    """All metadata of a server."""
    query = select(instance_metadata.c.key, instance_metadata.c.value).where(
        instance_metadata.c.instance_uuid == server
    )
    return {row.key: row.value for row in conn.execute(query)}


def set_tags(conn: Connection, context: RequestContext, server: str, wanted: list[str]) -> list[str]:
    """Make these all there are."""
    _ready(conn, context, server, "update tags")
    unique = sorted(set(wanted))
    _bound(len(unique))
    conn.execute(delete(tags).where(tags.c.resource_id == server))
    if unique:
        conn.execute(insert(tags), [{"resource_id": server, "tag": tag} for tag in unique])
    _touch(conn, server)
    return unique


def add_tag(conn: Connection, context: RequestContext, server: str, tag: str) -> bool:
    """True when it is new."""
    _ready(conn, context, server, "update tags")
    present = set(conn.execute(select(tags.c.tag).where(tags.c.resource_id == server)).scalars())
    if tag in present:
        return False
    _bound(len(present) + 1)
    conn.execute(insert(tags).values(resource_id=server, tag=tag))
    _touch(conn, server)
    return True


def delete_tag(conn: Connection, context: RequestContext, server: str, tag: str) -> None:
    """Take one tag away. NotFound."""
    _ready(conn, context, server, "update tags")
    if not conn.execute(delete(tags).where(tags.c.resource_id == server, tags.c.tag == tag)).rowcount:
        raise NotFound(what="Tag", id=tag)
    _touch(conn, server)


def _ready(conn: Connection, context: RequestContext, server: str, action: str) -> Row[Any]:
    row = row_of(conn, context, server, lock=True)
    refuse(row, context, MOVES[action])
    return row


def _touch(conn: Connection, server: str) -> None:
    """The server counts as changed, for whoever asks for changes since."""
    conn.execute(update(instances).where(instances.c.uuid == server).values(updated_at=clock()))


def _bound(count: int) -> None:
    if count > MOST_TAGS:
        raise BadRequest(reason=f"The number of tags exceeded the per-server limit {MOST_TAGS}")
