"""Server groups: affinity and its opposite."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, UniqueConstraint

from nova.conductor.db.tables.columns import document, number, table, uuid, word

instance_groups = table(
    "instance_groups",
    number(),
    uuid(nullable=False),
    word("project_id"),
    word("user_id"),
    word("name"),
    UniqueConstraint("uuid", name="uniq_instance_groups0uuid"),
    Index("instance_groups_project_id_idx", "project_id", "user_id"),
)

instance_group_member = table(
    "instance_group_member",
    number(),
    Column("group_id", Integer, ForeignKey("instance_groups.id", ondelete="CASCADE"), nullable=False),
    uuid("instance_uuid", nullable=False),
    UniqueConstraint("group_id", "instance_uuid", name="uniq_instance_group_member0group_id0instance_uuid"),
    Index("instance_group_member_instance_idx", "instance_uuid"),
)

instance_group_policy = table(
    "instance_group_policy",
    number(),
    Column("group_id", Integer, ForeignKey("instance_groups.id", ondelete="CASCADE"), nullable=False),
    word("policy"),
    document("rules"),  # JSON object, such as {"max_server_per_host": 3}
    Index("instance_group_policy_group_id_idx", "group_id"),
)
