"""What of this host's configuration a domain's definition depends on."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from oslo_config import cfg


@dataclass(frozen=True)
class DomainSettings:
    """Choices of the operator.

    `cache_mode` None: what the file system allows. `host_serial` is the SMBIOS serial number of all guests (None:
    their own or none).
    """

    virt_type: str = "qemu"
    cpu_mode: str = "none"
    cpu_model: str | None = None
    machine_types: dict[str, str] = field(default_factory=dict)
    cache_mode: str | None = "none"
    discard: str | None = None
    disk_format: str = "qcow2"
    config_drive_format: str = "iso9660"
    memory_stats_seconds: int = 10
    rng_source: str | None = "/dev/urandom"
    tablet: bool = True
    virtio_nics: bool = True
    serial: str = "auto"
    host_serial: str | None = None
    vnc_listen: str | None = "127.0.0.1"
    keymap: str | None = "en-us"


def from_options(conf: cfg.ConfigOpts, disk_format: str) -> DomainSettings:
    """Read the options once; what is unset gets the value that fits the others."""
    section = conf.libvirt
    modes = _pairs(section.disk_cachemodes)
    return DomainSettings(
        virt_type=section.virt_type,
        cpu_mode=section.cpu_mode or ("host-model" if section.virt_type == "kvm" else "none"),
        cpu_model=section.cpu_model,
        machine_types=_pairs(section.hw_machine_type),
        cache_mode=modes.get("file"),
        discard=section.hw_disk_discard,
        disk_format=disk_format,
        config_drive_format=conf.config_drive_format,
        memory_stats_seconds=section.mem_stats_period_seconds,
        rng_source=section.rng_dev_path or None,
        tablet=section.use_usb_tablet and conf.pointer_model == "usbtablet",
        virtio_nics=section.use_virtio_for_bridges,
        serial=section.sysinfo_serial,
        host_serial=_host_serial(section.sysinfo_serial),
        vnc_listen=conf.vnc.vncserver_listen if conf.vnc.enabled else None,
        keymap=conf.vnc.keymap or None,
    )


def supports_direct_io(folder: Path) -> bool:
    """Whether files there can be opened past the host's page cache; some file systems refuse."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".direct-io-", dir=folder)
    except OSError:
        return False
    os.close(descriptor)
    try:
        os.close(os.open(name, os.O_RDWR | os.O_DIRECT))
    except OSError:
        return False
    finally:
        os.unlink(name)  # noqa: PTH108
    return True


def _pairs(entries: list[str]) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _host_serial(kind: str) -> str | None:
    """The host's number: the operating system's machine id, or the hardware's where only that is wanted."""
    places = {
        "os": ["/etc/machine-id"],
        "hardware": ["/sys/class/dmi/id/product_uuid"],
        "auto": ["/etc/machine-id", "/sys/class/dmi/id/product_uuid"],
    }
    for place in places.get(kind, []):
        try:
            text = Path(place).read_text().strip()
        except OSError:
            continue
        if text:
            return text
    return None
