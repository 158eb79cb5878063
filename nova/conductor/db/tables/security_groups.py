"""Security groups, their rules, and the servers in them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, UniqueConstraint

from nova.conductor.db.tables.columns import number, table, uuid, word

security_groups = table(
    "security_groups",
    number(),
    word("project_id", nullable=False),
    word("user_id"),
    word("name", nullable=False),
    word("description"),
    UniqueConstraint("project_id", "name", name="uniq_security_groups0project_id0name"),
)

security_group_rules = table(
    "security_group_rules",
    number(),
    Column("parent_group_id", Integer, ForeignKey("security_groups.id", ondelete="CASCADE"), nullable=False),
    word("protocol", 16),
    Column("from_port", Integer),
    Column("to_port", Integer),
    word("cidr", 43),
    Column("group_id", Integer, ForeignKey("security_groups.id", ondelete="CASCADE")),
    Index("security_group_rules_parent_group_id_idx", "parent_group_id"),
    Index("security_group_rules_group_id_idx", "group_id"),
)

# The key to the group refuses to delete one that a server was put into meanwhile.
security_group_instance_association = table(
    "security_group_instance_association",
    number(),
    Column("security_group_id", Integer, ForeignKey("security_groups.id"), nullable=False),
    uuid("instance_uuid", nullable=False),
    UniqueConstraint("instance_uuid", "security_group_id", name="uniq_security_group_association0instance0group"),
    Index("security_group_association_group_idx", "security_group_id"),
)
