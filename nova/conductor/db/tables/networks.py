"""Networks, their addresses, and the interfaces of servers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, UniqueConstraint, text

from nova.conductor.db.tables.columns import live_index, number, table, uuid, word

networks = table(
    "networks",
    number(),
    uuid(nullable=False),
    word("label"),
    Column("injected", Boolean, nullable=False, default=False),
    word("cidr", 43),
    word("cidr_v6", 43),
    Column("multi_host", Boolean, nullable=False, default=False),
    word("netmask", 39),
    word("broadcast", 39),
    word("gateway", 39),
    word("netmask_v6", 39),
    word("gateway_v6", 39),
    word("bridge"),
    word("bridge_interface"),
    word("dns1", 39),
    word("dns2", 39),
    Column("vlan", Integer),
    word("vpn_public_address", 39),
    Column("vpn_public_port", Integer),
    word("vpn_private_address", 39),
    word("dhcp_start", 39),
    word("dhcp_server", 39),
    Column("enable_dhcp", Boolean, nullable=False, default=True),
    Column("share_address", Boolean, nullable=False, default=False),
    Column("mtu", Integer),
    Column("rxtx_base", Integer),
    word("project_id"),
    Column("priority", Integer),
    word("host"),
    # Grows with every change of the network's DHCP lines.
    Column("dhcp_generation", BigInteger, nullable=False, default=0, server_default=text("0")),
    UniqueConstraint("uuid", name="uniq_networks0uuid"),
    UniqueConstraint("vlan", "deleted", name="uniq_networks0vlan0deleted"),
    live_index("networks_project_id_idx", "project_id", "deleted"),
    live_index("networks_host_idx", "host", "deleted"),
    soft=True,
)

fixed_ips = table(
    "fixed_ips",
    number(),
    word("address", 39, nullable=False),
    Column("network_id", Integer, ForeignKey("networks.id"), nullable=False),
    Column("virtual_interface_id", Integer),
    uuid("instance_uuid"),
    Column("allocated", Boolean, nullable=False, default=False),
    Column("leased", Boolean, nullable=False, default=False),
    Column("reserved", Boolean, nullable=False, default=False),
    word("host"),
    UniqueConstraint("network_id", "address", name="uniq_fixed_ips0network_id0address"),
    Index("fixed_ips_address_idx", "address"),
    # Free addresses of a network in the order they are given out: the longest unused first.
    Index("fixed_ips_free_idx", "network_id", "allocated", "reserved", "instance_uuid", "updated_at", "id"),
    Index("fixed_ips_instance_uuid_idx", "instance_uuid"),
    Index("fixed_ips_virtual_interface_id_idx", "virtual_interface_id"),
    Index("fixed_ips_host_idx", "host"),
)

floating_ips = table(
    "floating_ips",
    number(),
    word("address", 39, nullable=False),
    Column("fixed_ip_id", Integer),
    word("project_id"),
    word("host"),
    Column("auto_assigned", Boolean, nullable=False, default=False),
    word("pool"),
    word("interface"),
    UniqueConstraint("address", name="uniq_floating_ips0address"),
    Index("floating_ips_fixed_ip_id_idx", "fixed_ip_id"),
    Index("floating_ips_project_id_idx", "project_id"),
    Index("floating_ips_host_idx", "host"),
    Index("floating_ips_pool_idx", "pool", "project_id", "fixed_ip_id"),
)

virtual_interfaces = table(
    "virtual_interfaces",
    number(),
    uuid(nullable=False),
    word("address", 17, nullable=False),
    Column("network_id", Integer, nullable=False),
    uuid("instance_uuid", nullable=False),
    word("tag"),
    UniqueConstraint("uuid", name="uniq_virtual_interfaces0uuid"),
    UniqueConstraint("address", name="uniq_virtual_interfaces0address"),
    Index("virtual_interfaces_instance_uuid_idx", "instance_uuid"),
    Index("virtual_interfaces_network_id_idx", "network_id"),
)
