"""The guest's devices."""

from __future__ import annotations

from pathlib import Path

from nova.contracts.errors import StepFailed
from nova.contracts.guest import Guest
from nova.contracts.image import property_of
from nova.contracts.network import Vif
from nova.virt.disk_plan import TRUE, PlannedDisk, planned_disks
from nova.virt.libvirt.domain_settings import DomainSettings
from nova.virt.libvirt.xml import Element, element

NIC_MODELS = ("virtio", "ne2k_pci", "pcnet", "rtl8139", "e1000", "e1000e")
VIDEO_MODELS = ("cirrus", "virtio", "vga", "qxl", "vmvga", "bochs", "none")
WATCHDOG_ACTIONS = ("pause", "poweroff", "reset", "none")
CONSOLE_LOG = "console.log"
_DISK_LIMITS = (
    "read_bytes_sec",
    "read_iops_sec",
    "write_bytes_sec",
    "write_iops_sec",
    "total_bytes_sec",
    "total_iops_sec",
)


def devices(guest: Guest, settings: DomainSettings, folder: Path) -> Element:
    """All of them; `folder` holds the guest's files."""
    disks = planned_disks(guest, settings.config_drive_format)
    buses = {disk.bus for disk in disks}
    return element(
        "devices",
        *(_disk(guest, disk, settings, folder) for disk in disks),
        _scsi_controller(guest) if "scsi" in buses else None,
        *(_interface(guest, vif, settings) for vif in guest.vifs),
        # The log first: the guest's console is its first serial line. virtlogd keeps the file; it survives restarts.
        element(
            "serial",
            element("source", path=folder / CONSOLE_LOG, append="on"),
            element("target", port=0),
            type="file",
        ),
        element("serial", element("target", port=1), type="pty"),
        _tablet(guest, settings),
        *_screen(guest, settings),
        _agent_channel(guest),
        _random(guest, settings),
        _watchdog(guest),
        _balloon(settings),
    )


def _disk(guest: Guest, disk: PlannedDisk, settings: DomainSettings, folder: Path) -> Element:
    driver = element(
        "driver",
        name="qemu",
        type="raw" if disk.role == "config" else settings.disk_format,
        cache=settings.cache_mode,
        discard=settings.discard if disk.device == "disk" else None,
    )
    return element(
        "disk",
        driver,
        element("source", file=folder / disk.file),
        element("target", dev=disk.target, bus=disk.bus),
        _disk_limits(guest) if disk.role != "config" else None,
        element("readonly") if disk.device == "cdrom" else None,
        type="file",
        device=disk.device,
    )


def _disk_limits(guest: Guest) -> Element | None:
    limits = [(name, guest.flavor.extra_specs.get(f"quota:disk_{name}")) for name in _DISK_LIMITS]
    wanted = [element(name, value) for name, value in limits if value]
    return element("iotune", *wanted) if wanted else None


def _scsi_controller(guest: Guest) -> Element:
    return element("controller", type="scsi", index=0, model=property_of(guest.image, "hw_scsi_model") or "virtio-scsi")


def _interface(guest: Guest, vif: Vif, settings: DomainSettings) -> Element:
    model = property_of(guest.image, "hw_vif_model") or ("virtio" if settings.virtio_nics else "rtl8139")
    _offered("hw_vif_model", model, NIC_MODELS)
    return element(
        "interface",
        element("mac", address=vif.address),
        element("source", bridge=vif.network.bridge),
        element("target", dev=vif.device),
        element("model", type=model),
        element("mtu", size=vif.network.mtu) if vif.network.mtu else None,
        _bandwidth(guest),
        type="bridge",
    )


def _bandwidth(guest: Guest) -> Element | None:
    specs = guest.flavor.extra_specs
    directions = []
    for direction in ("inbound", "outbound"):
        rates = {key: specs.get(f"quota:vif_{direction}_{key}") for key in ("average", "peak", "burst")}
        if rates["average"]:
            directions.append(element(direction, **rates))
    return element("bandwidth", *directions) if directions else None


def _tablet(guest: Guest, settings: DomainSettings) -> Element | None:
    wanted = settings.tablet or property_of(guest.image, "hw_pointer_model") == "usbtablet"
    return element("input", type="tablet", bus="usb") if wanted and settings.vnc_listen else None


def _screen(guest: Guest, settings: DomainSettings) -> list[Element]:
    model = property_of(guest.image, "hw_video_model") or "cirrus"
    _offered("hw_video_model", model, VIDEO_MODELS)
    video = element("video", element("model", type=model, vram=_video_kib(guest)))
    if not settings.vnc_listen:
        return [video] if model == "none" else []
    listen = element("listen", type="address", address=settings.vnc_listen)
    vnc = element("graphics", listen, type="vnc", autoport="yes", keymap=settings.keymap, listen=settings.vnc_listen)
    return [vnc, video]


def _video_kib(guest: Guest) -> int | None:
    """Video memory that the image asks for, in KiB, within what the flavor allows."""
    asked = property_of(guest.image, "hw_video_ram")
    if not asked:
        return None
    allowed = guest.flavor.extra_specs.get("hw_video:ram_max_mb", "0")
    if not asked.isdigit() or not allowed.isdigit() or int(asked) > int(allowed):
        raise StepFailed(reason=f"The image asks for {asked} MiB of video memory; the flavor allows {allowed}.")
    return int(asked) * 1024


def _agent_channel(guest: Guest) -> Element | None:
    if (property_of(guest.image, "hw_qemu_guest_agent") or "").lower() not in TRUE:
        return None
    target = element("target", type="virtio", name="org.qemu.guest_agent.0")
    return element("channel", element("source", mode="bind"), target, type="unix")


def _random(guest: Guest, settings: DomainSettings) -> Element | None:
    """A virtio random device, so that a guest need not wait for its pool to fill at boot."""
    specs = guest.flavor.extra_specs
    if not settings.rng_source or specs.get("hw_rng:allowed", "true").lower() not in TRUE:
        return None
    rate = None
    if specs.get("hw_rng:rate_bytes"):
        rate = element("rate", bytes=specs["hw_rng:rate_bytes"], period=specs.get("hw_rng:rate_period"))
    return element("rng", rate, element("backend", settings.rng_source, model="random"), model="virtio")


def _watchdog(guest: Guest) -> Element | None:
    action = property_of(guest.image, "hw_watchdog_action") or guest.flavor.extra_specs.get("hw:watchdog_action")
    if not action or action == "disabled":
        return None
    _offered("hw_watchdog_action", action, WATCHDOG_ACTIONS)
    return element("watchdog", model="i6300esb", action=action)


def _balloon(settings: DomainSettings) -> Element:
    period = settings.memory_stats_seconds
    return element("memballoon", element("stats", period=period) if period > 0 else None, model="virtio")


def _offered(name: str, value: str, offered: tuple[str, ...]) -> None:
    if value not in offered:
        raise StepFailed(reason=f"The image's {name} {value} is not offered here; use one of {', '.join(offered)}.")
