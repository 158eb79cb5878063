"""Servers and what belongs to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.kinds import LIVE, OPTIONS, long_text, moment, soft, stamps

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "instances",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("project_id", sa.String(255)),
        sa.Column("user_id", sa.String(255)),
        sa.Column("display_name", sa.String(255)),
        sa.Column("display_description", sa.String(255)),
        sa.Column("hostname", sa.String(255)),
        sa.Column("reservation_id", sa.String(255)),
        sa.Column("launch_index", sa.Integer(), nullable=False),
        sa.Column("vm_state", sa.String(32)),
        sa.Column("task_state", sa.String(64)),
        sa.Column("power_state", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(255)),
        sa.Column("node", sa.String(255)),
        sa.Column("launched_on", sa.String(255)),
        sa.Column("availability_zone", sa.String(255)),
        sa.Column("pinned_availability_zone", sa.String(255)),
        sa.Column("instance_type_id", sa.Integer()),
        sa.Column("memory_mb", sa.Integer(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("root_gb", sa.Integer(), nullable=False),
        sa.Column("ephemeral_gb", sa.Integer(), nullable=False),
        sa.Column("flavor", long_text()),
        sa.Column("image_ref", sa.String(255)),
        sa.Column("kernel_id", sa.String(255)),
        sa.Column("ramdisk_id", sa.String(255)),
        sa.Column("image", long_text()),
        sa.Column("key_name", sa.String(255)),
        sa.Column("key_data", long_text()),
        sa.Column("user_data", long_text()),
        sa.Column("config_drive", sa.Boolean(), nullable=False),
        sa.Column("root_device_name", sa.String(255)),
        sa.Column("default_ephemeral_device", sa.String(255)),
        sa.Column("default_swap_device", sa.String(255)),
        sa.Column("access_ip_v4", sa.String(39)),
        sa.Column("access_ip_v6", sa.String(39)),
        sa.Column("auto_disk_config", sa.Boolean(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("locked_by", sa.String(16)),
        sa.Column("locked_reason", sa.String(255)),
        sa.Column("network_info", long_text()),
        sa.Column("hints", long_text()),
        sa.Column("trusted_certs", long_text()),
        sa.Column("secrets", long_text()),
        sa.Column("launched_at", moment()),
        sa.Column("terminated_at", moment()),
        *soft(),
        sa.UniqueConstraint("uuid", name="uniq_instances0uuid"),
        **OPTIONS,
    )
    op.create_index("instances_all_idx", "instances", ["deleted", "created_at", "id"], **LIVE)
    op.create_index("instances_deleted_at_idx", "instances", ["deleted_at"])
    op.create_index("instances_host_idx", "instances", ["host", "deleted", "created_at", "id"], **LIVE)
    op.create_index("instances_project_idx", "instances", ["project_id", "deleted", "created_at", "id"], **LIVE)
    op.create_index("instances_reservation_id_idx", "instances", ["reservation_id"])
    op.create_index("instances_updated_at_idx", "instances", ["updated_at"])
    op.create_index(
        "instances_usage_idx", "instances", ["project_id", "deleted", "user_id", "vcpus", "memory_mb"], **LIVE
    )
    op.create_table(
        "instance_metadata",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("instance_uuid", "key", name="uniq_instance_metadata0instance_uuid0key"),
        **OPTIONS,
    )
    op.create_table(
        "instance_system_metadata",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("value", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("instance_uuid", "key", name="uniq_instance_system_metadata0instance_uuid0key"),
        **OPTIONS,
    )
    op.create_table(
        "tags",
        sa.Column("resource_id", sa.String(36), primary_key=True),
        sa.Column("tag", sa.String(80), primary_key=True),
        *stamps(),
        **OPTIONS,
    )
    op.create_index("tags_tag_idx", "tags", ["tag"])
    op.create_table(
        "instance_faults",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(255)),
        sa.Column("details", long_text()),
        sa.Column("host", sa.String(255)),
        *stamps(),
        **OPTIONS,
    )
    op.create_index("instance_faults_instance_uuid_idx", "instance_faults", ["instance_uuid", "id"])
    op.create_table(
        "block_device_mapping",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        sa.Column("source_type", sa.String(16)),
        sa.Column("destination_type", sa.String(16)),
        sa.Column("guest_format", sa.String(255)),
        sa.Column("device_type", sa.String(255)),
        sa.Column("disk_bus", sa.String(255)),
        sa.Column("boot_index", sa.Integer()),
        sa.Column("device_name", sa.String(255)),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=False),
        sa.Column("snapshot_id", sa.String(36)),
        sa.Column("volume_id", sa.String(36)),
        sa.Column("volume_size", sa.Integer()),
        sa.Column("image_id", sa.String(36)),
        sa.Column("connection_info", long_text()),
        sa.Column("tag", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("uuid", name="uniq_block_device_mapping0uuid"),
        **OPTIONS,
    )
    op.create_index("block_device_mapping_instance_uuid_idx", "block_device_mapping", ["instance_uuid"])
    op.create_index("block_device_mapping_volume_id_idx", "block_device_mapping", ["volume_id"])
    op.create_table(
        "instance_actions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("action", sa.String(255)),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        sa.Column("request_id", sa.String(255)),
        sa.Column("user_id", sa.String(255)),
        sa.Column("project_id", sa.String(255)),
        sa.Column("start_time", moment()),
        sa.Column("finish_time", moment()),
        sa.Column("message", sa.String(255)),
        *stamps(),
        **OPTIONS,
    )
    op.create_index("instance_actions_instance_uuid_idx", "instance_actions", ["instance_uuid", "created_at", "id"])
    op.create_index("instance_actions_request_id_idx", "instance_actions", ["request_id"])
    op.create_table(
        "instance_actions_events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("event", sa.String(255)),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("start_time", moment()),
        sa.Column("finish_time", moment()),
        sa.Column("result", sa.String(255)),
        sa.Column("traceback", sa.Text()),
        sa.Column("host", sa.String(255)),
        sa.Column("details", sa.Text()),
        *stamps(),
        **OPTIONS,
    )
    op.create_index("instance_actions_events_action_id_idx", "instance_actions_events", ["action_id"])
    op.create_table(
        "instance_groups",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("project_id", sa.String(255)),
        sa.Column("user_id", sa.String(255)),
        sa.Column("name", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("uuid", name="uniq_instance_groups0uuid"),
        **OPTIONS,
    )
    op.create_index("instance_groups_project_id_idx", "instance_groups", ["project_id", "user_id"])
    op.create_table(
        "instance_group_member",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("instance_groups.id", ondelete="CASCADE"), nullable=False),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        *stamps(),
        sa.UniqueConstraint("group_id", "instance_uuid", name="uniq_instance_group_member0group_id0instance_uuid"),
        **OPTIONS,
    )
    op.create_index("instance_group_member_instance_idx", "instance_group_member", ["instance_uuid"])
    op.create_table(
        "instance_group_policy",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("instance_groups.id", ondelete="CASCADE"), nullable=False),
        sa.Column("policy", sa.String(255)),
        sa.Column("rules", long_text()),
        *stamps(),
        **OPTIONS,
    )
    op.create_index("instance_group_policy_group_id_idx", "instance_group_policy", ["group_id"])
    op.create_table(
        "console_auth_tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("token_hash", sa.String(255), nullable=False),
        sa.Column("console_type", sa.String(255), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("instance_host", sa.String(255)),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("internal_access_path", sa.String(255)),
        sa.Column("access_url_base", sa.String(255)),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        sa.Column("expires", moment(), nullable=False),
        sa.Column("consumed", sa.Boolean(), nullable=False),
        *stamps(),
        sa.UniqueConstraint("token_hash", name="uniq_console_auth_tokens0token_hash"),
        **OPTIONS,
    )
    op.create_index("console_auth_tokens_expires_idx", "console_auth_tokens", ["expires"])
    op.create_index("console_auth_tokens_instance_uuid_idx", "console_auth_tokens", ["instance_uuid"])
