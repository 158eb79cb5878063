"""Flavors, key pairs, quotas and aggregates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.kinds import OPTIONS, long_text, stamps

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "flavors",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("flavorid", sa.String(255), nullable=False),
        sa.Column("memory_mb", sa.Integer(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("root_gb", sa.Integer(), nullable=False),
        sa.Column("ephemeral_gb", sa.Integer(), nullable=False),
        sa.Column("swap", sa.Integer(), nullable=False),
        sa.Column("rxtx_factor", sa.Double(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("description", long_text()),
        *stamps(),
        sa.UniqueConstraint("flavorid", name="uniq_flavors0flavorid"),
        sa.UniqueConstraint("name", name="uniq_flavors0name"),
        **OPTIONS,
    )
    op.create_table(
        "flavor_extra_specs",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("flavor_id", sa.Integer(), sa.ForeignKey("flavors.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("flavor_id", "key", name="uniq_flavor_extra_specs0flavor_id0key"),
        **OPTIONS,
    )
    op.create_table(
        "flavor_projects",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("flavor_id", sa.Integer(), sa.ForeignKey("flavors.id", ondelete="CASCADE"), nullable=False),
        sa.Column("project_id", sa.String(255), nullable=False),
        *stamps(),
        sa.UniqueConstraint("flavor_id", "project_id", name="uniq_flavor_projects0flavor_id0project_id"),
        **OPTIONS,
    )
    op.create_index("flavor_projects_project_id_idx", "flavor_projects", ["project_id"])
    op.create_table(
        "key_pairs",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("fingerprint", sa.String(255)),
        sa.Column("public_key", long_text(), nullable=False),
        *stamps(),
        sa.UniqueConstraint("user_id", "name", name="uniq_key_pairs0user_id0name"),
        **OPTIONS,
    )
    op.create_table(
        "quotas",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("resource", sa.String(255), nullable=False),
        sa.Column("hard_limit", sa.Integer(), nullable=False),
        *stamps(),
        sa.UniqueConstraint("project_id", "resource", name="uniq_quotas0project_id0resource"),
        **OPTIONS,
    )
    op.create_table(
        "project_user_quotas",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("resource", sa.String(255), nullable=False),
        sa.Column("hard_limit", sa.Integer(), nullable=False),
        *stamps(),
        sa.UniqueConstraint(
            "project_id", "user_id", "resource", name="uniq_project_user_quotas0project_id0user_id0resource"
        ),
        **OPTIONS,
    )
    op.create_table(
        "quota_classes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("class_name", sa.String(255), nullable=False),
        sa.Column("resource", sa.String(255), nullable=False),
        sa.Column("hard_limit", sa.Integer(), nullable=False),
        *stamps(),
        sa.UniqueConstraint("class_name", "resource", name="uniq_quota_classes0class_name0resource"),
        **OPTIONS,
    )
    op.create_table(
        "project_locks",
        sa.Column("project_id", sa.String(255), primary_key=True),
        *stamps(),
        **OPTIONS,
    )
    op.create_table(
        "aggregates",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        *stamps(),
        sa.UniqueConstraint("name", name="uniq_aggregates0name"),
        sa.UniqueConstraint("uuid", name="uniq_aggregates0uuid"),
        **OPTIONS,
    )
    op.create_table(
        "aggregate_hosts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("aggregate_id", sa.Integer(), sa.ForeignKey("aggregates.id", ondelete="CASCADE"), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        *stamps(),
        sa.UniqueConstraint("aggregate_id", "host", name="uniq_aggregate_hosts0aggregate_id0host"),
        **OPTIONS,
    )
    op.create_index("aggregate_hosts_host_idx", "aggregate_hosts", ["host"])
    op.create_table(
        "aggregate_metadata",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("aggregate_id", sa.Integer(), sa.ForeignKey("aggregates.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        *stamps(),
        sa.UniqueConstraint("aggregate_id", "key", name="uniq_aggregate_metadata0aggregate_id0key"),
        **OPTIONS,
    )
    op.create_index("aggregate_metadata_key_idx", "aggregate_metadata", ["key"])
