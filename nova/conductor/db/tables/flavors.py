"""Flavors, their extra specs, and who may use the private ones."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, UniqueConstraint

from nova.conductor.db.tables.columns import document, number, table, word

flavors = table(
    "flavors",
    number(),
    word("name", nullable=False),
    word("flavorid", nullable=False),
    Column("memory_mb", Integer, nullable=False),
    Column("vcpus", Integer, nullable=False),
    Column("root_gb", Integer, nullable=False, default=0),
    Column("ephemeral_gb", Integer, nullable=False, default=0),
    Column("swap", Integer, nullable=False, default=0),
    Column("rxtx_factor", Double, nullable=False, default=1.0),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("is_public", Boolean, nullable=False, default=True),
    document("description"),
    UniqueConstraint("name", name="uniq_flavors0name"),
    UniqueConstraint("flavorid", name="uniq_flavors0flavorid"),
)

flavor_extra_specs = table(
    "flavor_extra_specs",
    number(),
    Column("flavor_id", Integer, ForeignKey("flavors.id", ondelete="CASCADE"), nullable=False),
    word("key", nullable=False),
    word("value"),
    UniqueConstraint("flavor_id", "key", name="uniq_flavor_extra_specs0flavor_id0key"),
)

flavor_projects = table(
    "flavor_projects",
    number(),
    Column("flavor_id", Integer, ForeignKey("flavors.id", ondelete="CASCADE"), nullable=False),
    word("project_id", nullable=False),
    UniqueConstraint("flavor_id", "project_id", name="uniq_flavor_projects0flavor_id0project_id"),
    Index("flavor_projects_project_id_idx", "project_id"),
)
