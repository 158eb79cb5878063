"""What the query of a list of servers may hold, at every microversion."""

from __future__ import annotations

from collections.abc import Iterable

from nova.api.web import paging
from nova.api.web.microversion import Dated
from nova.api.web.schema import Query, Schema

TEXT: Schema = {"type": "string", "maxLength": 255}
PATTERN: Schema = {"type": "string", "maxLength": 255, "format": "regex"}

# Query keys that ask for equality, with the conductor's word for each.
EQUALS = {
    "user_id": "user_id",
    "launch_index": "launch_index",
    "image": "image_id",
    "image_ref": "image_id",
    "power_state": "power_state",
    "vm_state": "vm_state",
    "task_state": "task_state",
    "host": "host",
    "uuid": "uuid",
    "progress": "progress",
}
# The same for times: the second that is named.
TIMES = {"launched_at": "launched_at", "terminated_at": "terminated_at", "created_at": "created_at"}
# Those that are regular expressions, found anywhere in the text.
MATCHES = {
    "name": "name",
    "display_name": "name",
    "hostname": "hostname",
    "description": "description",
    "display_description": "description",
    "ip": "ip",
    "ip6": "ip6",
    "kernel_id": "kernel_id",
    "ramdisk_id": "ramdisk_id",
    "key_name": "key_name",
    "node": "node",
    "reservation_id": "reservation_id",
    "availability_zone": "availability_zone",
    "locked_by": "locked_by",
    "root_device_name": "root_device_name",
    "access_ip_v4": "access_ip_v4",
    "access_ip_v6": "access_ip_v6",
}
YES_OR_NO = {"config_drive": "config_drive", "locked": "locked"}
TAGS = {"tags": "tags", "tags-any": "tags_any", "not-tags": "not_tags", "not-tags-any": "not_tags_any"}
# Taken and never looked at: nothing is soft-deleted here, and the others are tables that no list is narrowed by.
IGNORED = (
    "soft_deleted",
    "block_device_mapping",
    "services",
    "metadata",
    "system_metadata",
    "info_cache",
    "security_groups",
    "pci_devices",
)
FOR_EVERYONE = Dated(
    {
        1: {"reservation_id", "name", "status", "image", "flavor", "ip", "changes-since", "all_tenants"},
        5: {"ip6"},
        26: set(TAGS),
        66: {"changes-before"},
        73: {"locked"},
        83: {
            "availability_zone",
            "config_drive",
            "key_name",
            "created_at",
            "launched_at",
            "terminated_at",
            "power_state",
            "task_state",
            "vm_state",
            "progress",
            "user_id",
        },
        90: {"hostname"},
    }
)
SORT_KEYS = {
    **{word: word for word in (*EQUALS.values(), *TIMES.values()) if word != "image_id"},
    **{word: word for word in ("kernel_id", "ramdisk_id", "key_name", "node", "availability_zone", "locked_by")},
    **{word: word for word in ("root_device_name", "access_ip_v4", "access_ip_v6")},
    "image_ref": "image_id",
    "display_name": "name",
    "display_description": "description",
    "hostname": "hostname",
    "project_id": "project_id",
    "updated_at": "updated_at",
    "auto_disk_config": "disk_config",
    "config_drive": "config_drive",
    "instance_type_id": "instance_type_id",
}
# Columns of old that a list could be sorted by: taken until 2.74, without effect.
_OLD = (
    "architecture cell_name cleaned default_ephemeral_device default_swap_device deleted deleted_at disable_terminate",
    "ephemeral_gb ephemeral_key_uuid id key_data launched_on locked memory_mb os_type reservation_id root_gb",
    "shutdown_terminate user_data vcpus vm_mode",
)
OLD_SORT_KEYS = frozenset(word for line in _OLD for word in line.split())
ADMIN_SORT_KEYS = frozenset({"host", "node"})
STRICT_SORT_KEYS = frozenset({*SORT_KEYS, "locked"})
PATTERNS = frozenset({*MATCHES, "flavor", "auto_disk_config", "config_drive", "power_state", "progress", *TAGS})
PLAIN = frozenset(
    {
        *EQUALS,
        *TIMES,
        *MATCHES,
        *IGNORED,
        "config_drive",
        "flavor",
        "status",
        "all_tenants",
        "project_id",
        "tenant_id",
        "deleted",
        "auto_disk_config",
        "changes-since",
    }
)


def _query(*more: str, sort: Iterable[str]) -> Query:
    names = PLAIN | {*more}
    keys = {name: PATTERN if name in PATTERNS else TEXT for name in names}
    sorts: dict[str, Schema] = {**paging.SORT_KEYS, "sort_key": {"type": "string", "enum": sorted(sort)}}
    every = {**keys, **paging.KEYS, **sorts}
    # Some clients add a key of this kind to keep caches from answering.
    return Query(every, many=frozenset(every), open_until=74, unseen=("_",))


_OLD_SORTS = {*SORT_KEYS, *OLD_SORT_KEYS}
QUERY = Dated(
    {
        1: _query(sort=_OLD_SORTS),
        26: _query(*TAGS, sort=_OLD_SORTS),
        66: _query(*TAGS, "changes-before", sort=_OLD_SORTS),
        73: _query(*TAGS, "changes-before", "locked", sort=_OLD_SORTS),
        75: _query(*TAGS, "changes-before", "locked", sort=STRICT_SORT_KEYS),
    }
)
