"""Networks and security groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.kinds import LIVE, OPTIONS, soft, stamps

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "networks",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("label", sa.String(255)),
        sa.Column("injected", sa.Boolean(), nullable=False),
        sa.Column("cidr", sa.String(43)),
        sa.Column("cidr_v6", sa.String(43)),
        sa.Column("multi_host", sa.Boolean(), nullable=False),
        sa.Column("netmask", sa.String(39)),
        sa.Column("broadcast", sa.String(39)),
        sa.Column("gateway", sa.String(39)),
        sa.Column("netmask_v6", sa.String(39)),
        sa.Column("gateway_v6", sa.String(39)),
        sa.Column("bridge", sa.String(255)),
        sa.Column("bridge_interface", sa.String(255)),
        sa.Column("dns1", sa.String(39)),
        sa.Column("dns2", sa.String(39)),
        sa.Column("vlan", sa.Integer()),
        sa.Column("vpn_public_address", sa.String(39)),
        sa.Column("vpn_public_port", sa.Integer()),
        sa.Column("vpn_private_address", sa.String(39)),
        sa.Column("dhcp_start", sa.String(39)),
        sa.Column("dhcp_server", sa.String(39)),
        sa.Column("enable_dhcp", sa.Boolean(), nullable=False),
        sa.Column("share_address", sa.Boolean(), nullable=False),
        sa.Column("mtu", sa.Integer()),
        sa.Column("rxtx_base", sa.Integer()),
        sa.Column("project_id", sa.String(255)),
        sa.Column("priority", sa.Integer()),
        sa.Column("host", sa.String(255)),
        sa.Column("dhcp_generation", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        *soft(),
        sa.UniqueConstraint("uuid", name="uniq_networks0uuid"),
        sa.UniqueConstraint("vlan", "deleted", name="uniq_networks0vlan0deleted"),
        **OPTIONS,
    )
    op.create_index("networks_host_idx", "networks", ["host", "deleted"], **LIVE)
    op.create_index("networks_project_id_idx", "networks", ["project_id", "deleted"], **LIVE)
    op.create_table(
        "fixed_ips",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("address", sa.String(39), nullable=False),
        sa.Column("network_id", sa.Integer(), sa.ForeignKey("networks.id"), nullable=False),
        sa.Column("virtual_interface_id", sa.Integer()),
        sa.Column("instance_uuid", sa.String(36)),
        sa.Column("allocated", sa.Boolean(), nullable=False),
        sa.Column("leased", sa.Boolean(), nullable=False),
        sa.Column("reserved", sa.Boolean(), nullable=False),
        sa.Column("host", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("network_id", "address", name="uniq_fixed_ips0network_id0address"),
        **OPTIONS,
    )
    op.create_index("fixed_ips_address_idx", "fixed_ips", ["address"])
    op.create_index(
        "fixed_ips_free_idx",
        "fixed_ips",
        ["network_id", "allocated", "reserved", "instance_uuid", "updated_at", "id"],
    )
    op.create_index("fixed_ips_host_idx", "fixed_ips", ["host"])
    op.create_index("fixed_ips_instance_uuid_idx", "fixed_ips", ["instance_uuid"])
    op.create_index("fixed_ips_virtual_interface_id_idx", "fixed_ips", ["virtual_interface_id"])
    op.create_table(
        "floating_ips",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("address", sa.String(39), nullable=False),
        sa.Column("fixed_ip_id", sa.Integer()),
        sa.Column("project_id", sa.String(255)),
        sa.Column("host", sa.String(255)),
        sa.Column("auto_assigned", sa.Boolean(), nullable=False),
        sa.Column("pool", sa.String(255)),
        sa.Column("interface", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("address", name="uniq_floating_ips0address"),
        **OPTIONS,
    )
    op.create_index("floating_ips_fixed_ip_id_idx", "floating_ips", ["fixed_ip_id"])
    op.create_index("floating_ips_host_idx", "floating_ips", ["host"])
    op.create_index("floating_ips_pool_idx", "floating_ips", ["pool", "project_id", "fixed_ip_id"])
    op.create_index("floating_ips_project_id_idx", "floating_ips", ["project_id"])
    op.create_table(
        "virtual_interfaces",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("address", sa.String(17), nullable=False),
        sa.Column("network_id", sa.Integer(), nullable=False),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        sa.Column("tag", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("address", name="uniq_virtual_interfaces0address"),
        sa.UniqueConstraint("uuid", name="uniq_virtual_interfaces0uuid"),
        **OPTIONS,
    )
    op.create_index("virtual_interfaces_instance_uuid_idx", "virtual_interfaces", ["instance_uuid"])
    op.create_index("virtual_interfaces_network_id_idx", "virtual_interfaces", ["network_id"])
    op.create_table(
        "security_groups",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(255)),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.String(255)),
        *stamps(),
        sa.UniqueConstraint("project_id", "name", name="uniq_security_groups0project_id0name"),
        **OPTIONS,
    )
    op.create_table(
        "security_group_rules",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "parent_group_id", sa.Integer(), sa.ForeignKey("security_groups.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("protocol", sa.String(16)),
        sa.Column("from_port", sa.Integer()),
        sa.Column("to_port", sa.Integer()),
        sa.Column("cidr", sa.String(43)),
        sa.Column("group_id", sa.Integer(), sa.ForeignKey("security_groups.id", ondelete="CASCADE")),
        *stamps(),
        **OPTIONS,
    )
    op.create_index("security_group_rules_group_id_idx", "security_group_rules", ["group_id"])
    op.create_index("security_group_rules_parent_group_id_idx", "security_group_rules", ["parent_group_id"])
    op.create_table(
        "security_group_instance_association",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("security_group_id", sa.Integer(), sa.ForeignKey("security_groups.id"), nullable=False),
        sa.Column("instance_uuid", sa.String(36), nullable=False),
        *stamps(),
        sa.UniqueConstraint(
            "instance_uuid", "security_group_id", name="uniq_security_group_association0instance0group"
        ),
        **OPTIONS,
    )
    op.create_index(
        "security_group_association_group_idx", "security_group_instance_association", ["security_group_id"]
    )
