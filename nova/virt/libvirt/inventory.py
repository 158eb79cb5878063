"""What this host has to give."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from oslo_config import cfg

from nova.contracts.hypervisor import HypervisorReport
from nova.virt.libvirt import xml

GIB = 1024**3
_DOMAIN_TYPES = ("qemu", "kvm")


def report(connection: Any, conf: cfg.ConfigOpts, promised: int) -> HypervisorReport:
    """The inventory; `promised` bytes of the disk will be taken by what is there."""
    capabilities = xml.parse(connection.getCapabilities())
    cpus = connection.getInfo()[2]
    memory_mb, available_mb = _memory_mb()
    disk = shutil.disk_usage(_existing(Path(conf.instances_path)))
    return HypervisorReport(
        hostname=connection.getHostname(),
        type=connection.getType(),
        version=connection.getVersion(),
        host_ip=conf.my_ip,
        vcpus=cpus,
        memory_mb=memory_mb,
        memory_mb_used=memory_mb - available_mb,
        local_gb=disk.total // GIB,
        local_gb_used=disk.used // GIB,
        disk_available_least=(disk.free - promised) // GIB,
        cpu_info=_cpu_info(capabilities),
        supported=_supported(capabilities),
        cpu_allocation_ratio=conf.cpu_allocation_ratio or 16.0,
        ram_allocation_ratio=conf.ram_allocation_ratio or 1.5,
        disk_allocation_ratio=conf.disk_allocation_ratio or 1.0,
        reserved_memory_mb=conf.reserved_host_memory_mb,
        reserved_disk_gb=-(-conf.reserved_host_disk_mb // 1024),
    )


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())


def _memory_mb() -> tuple[int, int]:
    """All of the host's memory and what is available of it, MiB. The kernel's figure: libvirt's is that of its nodes,
    which leaves out memory that was added while the host runs.
    """
    lines = Path("/proc/meminfo").read_text().splitlines()
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return kib["MemTotal"] // 1024, kib["MemAvailable"] // 1024


def _cpu_info(capabilities: xml.Element) -> dict[str, Any]:
    cpu = capabilities.find("host/cpu")
    if cpu is None:
        return {}
    topology = cpu.find("topology")
    names = ("sockets", "cores", "threads")
    return {
        "vendor": cpu.findtext("vendor", ""),
        "model": cpu.findtext("model", ""),
        "arch": cpu.findtext("arch", ""),
        "features": sorted({one.get("name", "") for one in cpu.findall("feature")}),
        "topology": {name: int(topology.get(name, "1")) for name in names} if topology is not None else {},
    }


def _supported(capabilities: xml.Element) -> list[tuple[str, str, str]]:
    found = []
    for guest in capabilities.findall("guest"):
        mode = guest.findtext("os_type", "")
        for arch in guest.findall("arch"):
            for domain in arch.findall("domain"):
                if domain.get("type") in _DOMAIN_TYPES:
                    found.append((arch.get("name", ""), domain.get("type", ""), mode))
    return found
