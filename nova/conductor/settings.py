"""The conductor's options: the database, quotas, liveness and zones."""

from __future__ import annotations

from oslo_config import cfg

from nova.contracts import guest_options, naming

_QUOTAS = (
    ("instances", 10, "Servers a project may have; -1 for no limit."),
    ("cores", 20, "Virtual CPUs a project may use; -1 for no limit."),
    ("ram", 50 * 1024, "MiB of memory a project may use; -1 for no limit."),
    ("floating_ips", 10, "Floating addresses a project may hold; -1 for no limit."),
    ("fixed_ips", -1, "Fixed addresses a project may hold; -1 for no limit."),
    ("metadata_items", 128, "Metadata keys a server or an image may have; -1 for no limit."),
    ("injected_files", 5, "Files that may be injected into a server; -1 for no limit."),
    ("injected_file_content_bytes", 10 * 1024, "Bytes an injected file may have; -1 for no limit."),
    ("injected_file_path_length", 255, "Bytes the path of an injected file may have; -1 for no limit."),
    ("security_groups", 10, "Security groups a project may have; -1 for no limit."),
    ("security_group_rules", 20, "Rules a security group may have; -1 for no limit."),
    ("key_pairs", 100, "Key pairs a user may have; -1 for no limit."),
    ("server_groups", 10, "Server groups a project may have; -1 for no limit."),
    ("server_group_members", 10, "Servers a server group may have; -1 for no limit."),
)

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        *(cfg.IntOpt(f"quota_{name}", default=default, min=-1, help=text) for name, default, text in _QUOTAS),
        cfg.IntOpt(
            "service_down_time", default=60, min=1, help="Seconds without a sign of life until a daemon is down."
        ),
        cfg.BoolOpt("enable_new_services", default=True, help="Whether a compute host that appears may take servers."),
        cfg.StrOpt("default_availability_zone", default="nova", help="Zone of compute hosts that are in no other."),
        cfg.StrOpt(
            "internal_service_availability_zone", default="internal", help="Zone shown for daemons other than compute."
        ),
        cfg.IntOpt(
            "purge_deleted_after_days",
            default=30,
            min=0,
            help="Days after which deleted servers and finished tasks leave the database for good; 0 keeps them.",
        ),
        cfg.IntOpt(
            "fixed_ip_disassociate_timeout",
            default=600,
            min=0,
            help="Seconds until an address given back is free though nobody reported its lease's end.",
        ),
        cfg.IntOpt(
            "create_unique_mac_address_attempts",
            default=5,
            min=1,
            help="How often an unused MAC address is looked for.",
        ),
        cfg.IntOpt(
            "cnt_vpn_clients", default=0, min=0, help="Addresses of a VLAN network kept for clients of its VPN."
        ),
        cfg.BoolOpt("force_config_drive", default=False, help="Whether every new server gets a config drive."),
        guest_options.METADATA_CACHE,
        *naming.OPTIONS["DEFAULT"],
    ],
    "scheduler": [
        cfg.IntOpt("max_attempts", default=3, min=1, help="Hosts a boot is tried on before the server is in ERROR."),
    ],
    "conductor": [
        cfg.IntOpt("tasks", default=24, min=1, max=200, help="Operations a conductor works on at once."),
    ],
    "database": [
        cfg.StrOpt("connection", secret=True, help="URL of the database, such as mysql+pymysql://user:pw@host/nova."),
        cfg.IntOpt(
            "max_pool_size", default=5, min=1, help="Connections kept open by a process, for each of two pools."
        ),
        cfg.IntOpt("max_overflow", default=50, min=0, help="Connections opened beyond the pool under load."),
        cfg.IntOpt("pool_timeout", default=30, min=1, help="Seconds to wait for a free connection."),
        cfg.IntOpt("connection_recycle_time", default=3600, help="Seconds after which a connection is replaced."),
        cfg.IntOpt("max_retries", default=10, min=0, help="How often a failed unit of work is tried again."),
        cfg.BoolOpt("sqlite_synchronous", default=True, help="Whether SQLite waits for the disk."),
    ],
}
