"""What extra specs may be called and hold, as microversion 2.86 checks it.

A name without a namespace, or in a namespace that is not listed here, is the operator's own and is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from nova.contracts.errors import BadRequest

# Ranges and exclusions by commas. Written so that no text makes the match try many ways.
_CPUS = r"\^?\d+(-\d+|,\^?\d+)*"

# Each line: names (parts in <> are patterns), then what the value is: str, bool, int (with bounds), words, or a
# pattern between slashes.
_TABLE = rf"""
accel:device_profile                                                                    str
aggregate_instance_extra_specs:<.+>                                                     str
capabilities:id capabilities:uuid capabilities:service_id capabilities:host             str
capabilities:vcpus capabilities:vcpus_used capabilities:vcpus_total                     str
capabilities:memory_mb capabilities:memory_mb_used capabilities:free_ram_mb             str
capabilities:local_gb capabilities:local_gb_used capabilities:free_disk_gb              str
capabilities:hypervisor_type capabilities:hypervisor_version                            str
capabilities:hypervisor_hostname capabilities:current_workload capabilities:running_vms str
capabilities:disk_available_least capabilities:host_ip capabilities:mapped              str
capabilities:cpu_allocation_ratio capabilities:ram_allocation_ratio                     str
capabilities:disk_allocation_ratio capabilities:total_usable_ram_mb                     str
capabilities:total_usable_disk_gb capabilities:disk_mb_used capabilities:free_disk_mb   str
capabilities:num_instances capabilities:num_io_ops capabilities:failed_builds           str
capabilities:aggregates capabilities:cell_uuid capabilities:updated                     str
capabilities:<(cpu_info|metrics|stats|numa_topology|supported_hv_specs)(:\w+)*>         str
capabilities:<(pci_device_pools|nodename|pci_stats|supported_instances)(:\w+)*>         str
capabilities:<(limits|instances)(:\w+)*>                                                str
hw:cpu_realtime hw:hide_hypervisor_id hw:locked_memory hw:boot_menu hw:pmu              bool
hw:vif_multiqueue_enabled hw:mem_encryption hw:virtio_packed_ring                       bool
hw:ephemeral_encryption                                                                 bool
hw:cpu_realtime_mask hw:cpu_dedicated_mask hw:numa_cpus.<\d+>                       /{_CPUS}/
hw:cpu_policy                                                        dedicated|shared|mixed
hw:cpu_thread_policy                                                 prefer|isolate|require
hw:emulator_threads_policy                                                    isolate|share
hw:mem_page_size                             /(large|small|any|\d+([kKMGT]i?)?(b|bit|B)?)/
hw:numa_nodes hw:numa_mem.<\d+>                                                      int 1
hw:pci_numa_affinity_policy                               required|preferred|legacy|socket
hw:cpu_sockets hw:cpu_cores hw:cpu_threads                                           int 1
hw:cpu_max_sockets hw:cpu_max_cores hw:cpu_max_threads                               int 1
hw:mem_encryption_model                                                 amd-sev|amd-sev-es
hw:pmem                                                         /[a-zA-Z0-9_]+(,[a-zA-Z0-9_]+)*,?/
hw:serial_port_count                                                                 int 0
hw:tpm_model                                                               tpm-tis|tpm-crb
hw:tpm_version                                                                     1.2|2.0
hw:tpm_secret_security                                                user|host|deployment
hw:watchdog_action                                      none|pause|poweroff|reset|disabled
hw:viommu_model                                                  intel|smmuv3|virtio|auto
hw:sound_model                               sb16|es1370|pcspk|ac97|ich6|ich9|usb|virtio
hw:usb_model                                                     none|nec-xhci|qemu-xhci
hw:redirected_usb_ports                                                           int 0 15
hw:ephemeral_encryption_format                                          plain|luks|luksv2
hw_rng:allowed                                                                        bool
hw_rng:rate_bytes hw_rng:rate_period                                                 int 0
hw_video:ram_max_mb                                                                  int 0
hide_hypervisor_id                                                                    bool
group_policy                                                                  isolate|none
os:secure_boot                                                           disabled|required
pci_passthrough:alias                               /[^:]+:\d+(?:\s*,\s*[^:,]+:\d+)*/
quota:<(cpu|memory|disk_io|vif)_limit>                                               int 0
quota:<(cpu|memory|disk_io|vif)_reservation>                                           int
quota:<(cpu|memory|disk_io|vif)_shares_level>                        custom|high|normal|low
quota:<(cpu|memory|disk_io|vif)_shares_share>                                        int 0
quota:cpu_shares quota:cpu_period                                                    int 0
quota:cpu_quota                                                                        int
quota:<disk_(read|write|total)_(bytes|iops)_sec>                                     int 0
quota:<vif_(in|out)bound_(average|peak|burst)>                                       int 0
vmware:hw_version vmware:storage_policy                                                str
resources<([a-zA-Z0-9_-]{{1,64}})?>:<[A-Z0-9_]+>                                   int
trait<([a-zA-Z0-9_-]{{1,64}})?>:<[A-Z0-9_]+>                            required|forbidden
"""
_BOOLEANS = frozenset(("1", "t", "true", "on", "y", "yes", "0", "f", "false", "off", "n", "no"))
_GROUPED = ("resources", "trait")


@dataclass(frozen=True)
class _Spec:
    """A name's pattern and what its value must be."""

    name: re.Pattern[str]
    kind: str

    def fault(self, value: str) -> str | None:
        """Why the value will not do; None when it will."""
        if self.kind == "str":
            return None
        if self.kind == "bool":
            return None if value.lower() in _BOOLEANS else "a boolean"
        if self.kind.startswith("int"):
            return _not_in_bounds(value, [int(bound) for bound in self.kind.split()[1:]])
        if self.kind.startswith("/"):
            return None if re.fullmatch(self.kind[1:-1], value) else f"a text like {self.kind[1:-1]}"
        words = self.kind.split("|")
        return None if value in words else "one of " + ", ".join(words)


def check(key: str, value: str) -> None:
    """BadRequest for a name that its namespace does not know, or a value that it may not have."""
    for spec in _specs():
        if spec.name.fullmatch(key):
            expected = spec.fault(value)
            if expected:
                raise BadRequest(reason=f"Validation failed; extra spec {key!r} must be {expected}, not {value!r}")
            return
    namespace = key.partition(":")[0]
    if ":" in key and (namespace in _namespaces() or namespace.startswith(_GROUPED)):
        raise BadRequest(reason=f"Validation failed; extra spec {key!r} does not appear to be a valid extra spec.")


def _not_in_bounds(value: str, bounds: list[int]) -> str | None:
    number = int(value) if re.fullmatch(r"[+-]?[0-9]{1,18}", value) else None
    least = bounds[0] if bounds else None
    most = bounds[1] if len(bounds) > 1 else None
    if number is None:
        return "a whole number"
    if least is not None and number < least:
        return f"a whole number from {least} on"
    if most is not None and number > most:
        return f"a whole number up to {most}"
    return None


@cache
def _specs() -> list[_Spec]:
    return [_Spec(re.compile(_pattern(name)), kind) for names, kind in _lines() for name in names]


@cache
def _namespaces() -> frozenset[str]:
    spaces = (name.partition(":")[0] for names, _ in _lines() for name in names if ":" in name)
    return frozenset(space for space in spaces if "<" not in space)


def _lines() -> Iterator[tuple[list[str], str]]:
    for line in _TABLE.strip().splitlines():
        words = line.split()
        ends = next(at for at, word in enumerate(words) if word in ("str", "bool", "int") or _is_kind(word))
        yield words[:ends], " ".join(words[ends:])


def _is_kind(word: str) -> bool:
    return word.startswith("/") or ("|" in word and "<" not in word)


def _pattern(word: str) -> str:
    parts = re.split(r"<(.+?)>(?=:|$)", word)
    return "".join(part if at % 2 else re.escape(part) for at, part in enumerate(parts))
