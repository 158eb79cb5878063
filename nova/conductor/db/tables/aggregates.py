"""Host aggregates; the metadata key availability_zone makes one a zone."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, UniqueConstraint

from nova.conductor.db.tables.columns import number, table, uuid, word

aggregates = table(
    "aggregates",
    number(),
    uuid(nullable=False),
    word("name", nullable=False),
    UniqueConstraint("uuid", name="uniq_aggregates0uuid"),
    UniqueConstraint("name", name="uniq_aggregates0name"),
)

aggregate_hosts = table(
    "aggregate_hosts",
    number(),
    Column("aggregate_id", Integer, ForeignKey("aggregates.id", ondelete="CASCADE"), nullable=False),
    word("host", nullable=False),
    UniqueConstraint("aggregate_id", "host", name="uniq_aggregate_hosts0aggregate_id0host"),
    Index("aggregate_hosts_host_idx", "host"),
)

aggregate_metadata = table(
    "aggregate_metadata",
    number(),
    Column("aggregate_id", Integer, ForeignKey("aggregates.id", ondelete="CASCADE"), nullable=False),
    word("key", nullable=False),
    word("value", nullable=False),
    UniqueConstraint("aggregate_id", "key", name="uniq_aggregate_metadata0aggregate_id0key"),
    Index("aggregate_metadata_key_idx", "key"),
)
