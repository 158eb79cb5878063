"""Servers and what belongs to them.

The children hold no foreign key to a server: inserting a child would lock the server's row, and two transactions
that then change it would deadlock. They go with the server when it is purged.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, UniqueConstraint

from nova.conductor.db.tables.columns import document, live_index, moment, number, table, uuid, word

instances = table(
    "instances",
    number(),
    uuid(nullable=False),
    word("project_id"),
    word("user_id"),
    word("display_name"),
    word("display_description"),
    word("hostname"),
    word("reservation_id"),
    Column("launch_index", Integer, nullable=False, default=0),
    word("vm_state", 32),
    word("task_state", 64),
    Column("power_state", Integer, nullable=False, default=0),
    Column("progress", Integer, nullable=False, default=0),
    word("host"),
    word("node"),
    word("launched_on"),
    word("availability_zone"),
    word("pinned_availability_zone"),
    # The flavor is kept as it was at create, its figures also as columns for counting.
    Column("instance_type_id", Integer),
    Column("memory_mb", Integer, nullable=False, default=0),
    Column("vcpus", Integer, nullable=False, default=0),
    Column("root_gb", Integer, nullable=False, default=0),
    Column("ephemeral_gb", Integer, nullable=False, default=0),
    document("flavor"),  # contracts.flavor.Flavor
    word("image_ref"),
    word("kernel_id"),
    word("ramdisk_id"),
    document("image"),  # contracts.image.BootImages
    word("key_name"),
    document("key_data"),
    document("user_data"),
    Column("config_drive", Boolean, nullable=False, default=False),
    word("root_device_name"),
    word("default_ephemeral_device"),
    word("default_swap_device"),
    word("access_ip_v4", 39),
    word("access_ip_v6", 39),
    Column("auto_disk_config", Boolean, nullable=False, default=False),
    Column("locked", Boolean, nullable=False, default=False),
    word("locked_by", 16),
    word("locked_reason"),
    document("network_info"),  # list of contracts.network.Vif
    document("hints"),
    document("trusted_certs"),
    document("secrets"),  # admin password and injected files, until the first boot is done
    moment("launched_at"),
    moment("terminated_at"),
    UniqueConstraint("uuid", name="uniq_instances0uuid"),
    live_index("instances_project_idx", "project_id", "deleted", "created_at", "id"),
    live_index("instances_all_idx", "deleted", "created_at", "id"),
    live_index("instances_host_idx", "host", "deleted", "created_at", "id"),
    # Quotas are counted from the index alone.
    live_index("instances_usage_idx", "project_id", "deleted", "user_id", "vcpus", "memory_mb"),
    Index("instances_reservation_id_idx", "reservation_id"),
    Index("instances_updated_at_idx", "updated_at"),
    Index("instances_deleted_at_idx", "deleted_at"),
    soft=True,
)

instance_metadata = table(
    "instance_metadata",
    number(),
    uuid("instance_uuid", nullable=False),
    word("key", nullable=False),
    word("value"),
    UniqueConstraint("instance_uuid", "key", name="uniq_instance_metadata0instance_uuid0key"),
)

instance_system_metadata = table(
    "instance_system_metadata",
    number(),
    uuid("instance_uuid", nullable=False),
    word("key", nullable=False),
    word("value"),
    UniqueConstraint("instance_uuid", "key", name="uniq_instance_system_metadata0instance_uuid0key"),
)

tags = table(
    "tags",
    uuid("resource_id", primary_key=True),
    word("tag", 80, primary_key=True),
    Index("tags_tag_idx", "tag"),
)

instance_faults = table(
    "instance_faults",
    number(),
    uuid("instance_uuid", nullable=False),
    Column("code", Integer, nullable=False),
    word("message"),
    document("details"),
    word("host"),
    Index("instance_faults_instance_uuid_idx", "instance_uuid", "id"),
)

block_device_mapping = table(
    "block_device_mapping",
    number(),
    uuid(nullable=False),
    uuid("instance_uuid", nullable=False),
    word("source_type", 16),
    word("destination_type", 16),
    word("guest_format"),
    word("device_type"),
    word("disk_bus"),
    Column("boot_index", Integer),
    word("device_name"),
    Column("delete_on_termination", Boolean, nullable=False, default=False),
    uuid("snapshot_id"),
    uuid("volume_id"),
    Column("volume_size", Integer),
    uuid("image_id"),
    document("connection_info"),
    word("tag"),
    UniqueConstraint("uuid", name="uniq_block_device_mapping0uuid"),
    Index("block_device_mapping_instance_uuid_idx", "instance_uuid"),
    Index("block_device_mapping_volume_id_idx", "volume_id"),
)
