"""A guest's definition for libvirt."""

from __future__ import annotations

from pathlib import Path

from nova.contracts.guest import Guest
from nova.contracts.image import property_of
from nova.virt.disk_plan import TRUE, planned_disks
from nova.virt.libvirt import cpu_xml, device_xml, owner_xml, xml
from nova.virt.libvirt.domain_settings import DomainSettings
from nova.virt.libvirt.xml import Element, element

VENDOR = "OpenStack Foundation"
PRODUCT = "OpenStack Nova"


def domain(guest: Guest, settings: DomainSettings, folder: Path, version: str) -> str:
    """The document. StepFailed when the image or flavor asks for what is not offered here."""
    return xml.to_text(
        element(
            "domain",
            element("uuid", guest.uuid),
            element("name", guest.name),
            owner_xml.owner(guest, version),
            element("memory", str(guest.flavor.memory_mb * 1024), unit="KiB"),
            element("vcpu", str(guest.flavor.vcpus)),
            cpu_xml.cputune(guest),
            _sysinfo(guest, settings, version),
            _os(guest, settings, folder),
            element("features", element("acpi"), element("apic")),
            cpu_xml.cpu(guest, settings),
            _clock(guest),
            element("on_poweroff", "destroy"),
            element("on_reboot", "restart"),
            element("on_crash", "destroy"),
            device_xml.devices(guest, settings, folder),
            type=settings.virt_type,
        )
    )


def _sysinfo(guest: Guest, settings: DomainSettings, version: str) -> Element:
    serial = guest.uuid if settings.serial == "unique" else settings.host_serial
    entries = {
        "manufacturer": VENDOR,
        "product": PRODUCT,
        "version": version,
        "serial": serial,
        "uuid": guest.uuid,
        "family": "Virtual Machine",
    }
    texts = [element("entry", text, name=name) for name, text in entries.items() if text]
    return element("sysinfo", element("system", *texts), type="smbios")


def _os(guest: Guest, settings: DomainSettings, folder: Path) -> Element:
    architecture = property_of(guest.image, "hw_architecture") or property_of(guest.image, "architecture")
    machine = property_of(guest.image, "hw_machine_type") or settings.machine_types.get(architecture or "x86_64")
    root = planned_disks(guest, settings.config_drive_format)[0]
    direct = []
    if guest.kernel:
        direct = [
            element("kernel", str(folder / "kernel")),
            element("initrd", str(folder / "ramdisk")) if guest.ramdisk else None,
            element("cmdline", command_line(guest, settings, root.target)),
        ]
    return element(
        "os",
        element("type", "hvm", arch=architecture, machine=machine),
        *direct,
        element("boot", dev="cdrom" if root.device == "cdrom" else "hd"),
        element("bootmenu", enable="yes") if _has_boot_menu(guest) else None,
        element("smbios", mode="sysinfo"),
        firmware="efi" if property_of(guest.image, "hw_firmware_type") == "uefi" else None,
    )


def _has_boot_menu(guest: Guest) -> bool:
    wish = guest.flavor.extra_specs.get("hw:boot_menu") or property_of(guest.image, "hw_boot_menu") or ""
    return wish.lower() in TRUE


def command_line(guest: Guest, settings: DomainSettings, root: str) -> str:
    """The kernel's command line: the image's own, or one for `root` (vda) that shows on screen and serial line."""
    own = property_of(guest.image, "os_command_line")
    if own:
        return own
    # An emulated timer may come late enough for a kernel to take it for broken and panic.
    timer = " no_timer_check" if settings.virt_type == "qemu" else ""
    return f"root=/dev/{root} console=tty0 console=ttyS0{timer}"


def _clock(guest: Guest) -> Element:
    windows = property_of(guest.image, "os_type") == "windows"
    hpet = (property_of(guest.image, "hw_time_hpet") or "").lower() in TRUE
    return element(
        "clock",
        element("timer", name="pit", tickpolicy="delay"),
        element("timer", name="rtc", tickpolicy="catchup"),
        element("timer", name="hpet", present="yes" if hpet else "no"),
        offset="localtime" if windows else "utc",
    )
