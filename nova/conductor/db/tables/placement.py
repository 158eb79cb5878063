"""What hosts offer and what is claimed of it."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, UniqueConstraint, text

from nova.conductor.db.tables.columns import number, table, uuid, word

resource_providers = table(
    "resource_providers",
    number(),
    uuid(nullable=False),
    word("name", 200),
    Column("generation", Integer, nullable=False, default=0, server_default=text("0")),
    UniqueConstraint("uuid", name="uniq_resource_providers0uuid"),
    UniqueConstraint("name", name="uniq_resource_providers0name"),
)

inventories = table(
    "inventories",
    number(),
    Column("resource_provider_id", Integer, ForeignKey("resource_providers.id", ondelete="CASCADE"), nullable=False),
    Column("resource_class_id", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("min_unit", Integer, nullable=False),
    Column("max_unit", Integer, nullable=False),
    Column("step_size", Integer, nullable=False),
    Column("allocation_ratio", Double, nullable=False),
    UniqueConstraint(
        "resource_provider_id", "resource_class_id", name="uniq_inventories0resource_provider_resource_class"
    ),
)

allocations = table(
    "allocations",
    number(),
    Column("resource_provider_id", Integer, ForeignKey("resource_providers.id"), nullable=False),
    uuid("consumer_id", nullable=False),
    Column("resource_class_id", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    UniqueConstraint(
        "consumer_id", "resource_provider_id", "resource_class_id", name="uniq_allocations0consumer_provider_class"
    ),
    Index("allocations_resource_provider_class_used_idx", "resource_provider_id", "resource_class_id", "used"),
)
