"""Daemons, hypervisors, and the counter that orders their changes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, String, UniqueConstraint, false, text

from nova.conductor.db.tables.columns import document, moment, number, table, uuid, word

services = table(
    "services",
    number(),
    uuid(nullable=False),
    word("host", nullable=False),
    word("binary", nullable=False),
    word("topic"),
    Column("report_count", Integer, nullable=False, default=0),
    Column("disabled", Boolean, nullable=False, default=False),
    word("disabled_reason"),
    moment("last_seen_up"),
    Column("stopped", Boolean, nullable=False, default=False),
    Column("forced_down", Boolean, nullable=False, default=False),
    Column("version", Integer, nullable=False, default=0),
    UniqueConstraint("uuid", name="uniq_services0uuid"),
    UniqueConstraint("host", "binary", "deleted", name="uniq_services0host0binary0deleted"),
    soft=True,
)

compute_nodes = table(
    "compute_nodes",
    number(),
    uuid(nullable=False),
    Column("service_id", Integer, nullable=False),
    word("host", nullable=False),
    word("hypervisor_hostname", nullable=False),
    word("hypervisor_type", nullable=False),
    Column("hypervisor_version", Integer, nullable=False),
    word("host_ip", 39),
    Column("vcpus", Integer, nullable=False),
    Column("memory_mb", Integer, nullable=False),
    Column("local_gb", Integer, nullable=False),
    Column("cpu_allocation_ratio", Double, nullable=False),
    Column("ram_allocation_ratio", Double, nullable=False),
    Column("disk_allocation_ratio", Double, nullable=False),
    document("report", nullable=False),  # contracts.hypervisor.HypervisorReport
    # Whether the scheduler was last told that the host is alive: silence changes no row.
    Column("told_alive", Boolean, nullable=False, default=False, server_default=false()),
    # The value of counter "hosts" when a fact of this host changed last.
    Column("version", BigInteger, nullable=False, default=0, server_default=text("0")),
    UniqueConstraint("uuid", name="uniq_compute_nodes0uuid"),
    UniqueConstraint(
        "host", "hypervisor_hostname", "deleted", name="uniq_compute_nodes0host0hypervisor_hostname0deleted"
    ),
    Index("compute_nodes_version_idx", "version"),
    soft=True,
)

counters = table(
    "counters",
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False, default=0),
)
