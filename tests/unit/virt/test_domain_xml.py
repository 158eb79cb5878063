"""A guest's definition for libvirt, read back."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from nova.contracts.errors import StepFailed
from nova.contracts.network import NetworkRef
from nova.virt.libvirt.domain_settings import DomainSettings, from_options, supports_direct_io
from nova.virt.libvirt.domain_xml import domain
from nova.virt.libvirt.owner_xml import NAMESPACE
from tests.guests import UUID, VIF, make_conf, make_flavor, make_guest, make_image

FOLDER = Path("/instances") / UUID


def defined(settings: DomainSettings | None = None, **facts: Any) -> ET.Element:
    return ET.fromstring(domain(make_guest(**facts), settings or DomainSettings(), FOLDER, "1.0"))


def attributes(top: ET.Element, path: str) -> dict[str, str]:
    found = top.find(path)
    assert found is not None, ET.tostring(top, encoding="unicode")
    return dict(found.attrib)


def test_identity_size_and_owner() -> None:
    top = defined(user_name="alice", project_name="demo")
    assert top.get("type") == "qemu"
    assert (top.findtext("uuid"), top.findtext("name")) == (UUID, "instance-0000000a")
    assert (top.findtext("memory"), top.findtext("vcpu")) == (str(128 * 1024), "1")
    owner = f"metadata/{{{NAMESPACE}}}instance"
    assert top.findtext(f"{owner}/{{{NAMESPACE}}}name") == "vm one"
    assert attributes(top, f"{owner}/{{{NAMESPACE}}}owner/{{{NAMESPACE}}}user")["uuid"] == "u" * 32
    assert top.findtext(f"{owner}/{{{NAMESPACE}}}owner/{{{NAMESPACE}}}project") == "demo"
    assert attributes(top, f"{owner}/{{{NAMESPACE}}}flavor")["name"] == "tiny"
    assert attributes(top, f"{owner}/{{{NAMESPACE}}}root") == {"type": "image", "uuid": "disk"}


def test_a_name_cannot_become_markup() -> None:
    top = defined(display_name="</nova:name><x/>\x00\x1b&\ud800")
    assert top.findtext(f".//{{{NAMESPACE}}}name") == "</nova:name><x/>&"


def test_the_bios_tells_what_made_the_machine() -> None:
    def entries(settings: DomainSettings) -> dict[str | None, str | None]:
        return {one.get("name"): one.text for one in defined(settings).findall("sysinfo/system/entry")}

    found = entries(DomainSettings(host_serial="host-number"))
    assert found["manufacturer"] == "OpenStack Foundation" and found["product"] == "OpenStack Nova"
    assert (found["serial"], found["uuid"]) == ("host-number", UUID)
    assert entries(DomainSettings(serial="unique"))["serial"] == UUID
    assert "serial" not in entries(DomainSettings(serial="none"))
    assert attributes(defined(), "os/smbios") == {"mode": "sysinfo"}


def test_kernel_and_ramdisk_are_started_directly() -> None:
    guest = {"kernel": make_image("aki", "aki"), "ramdisk": make_image("ari", "ari")}
    top = defined(**guest)
    assert top.findtext("os/kernel") == str(FOLDER / "kernel")
    assert top.findtext("os/initrd") == str(FOLDER / "ramdisk")
    assert top.findtext("os/cmdline") == "root=/dev/vda console=tty0 console=ttyS0 no_timer_check"
    own = defined(image=make_image("ami", "ami", os_command_line="root=LABEL=x"), **guest)
    assert own.findtext("os/cmdline") == "root=LABEL=x"
    assert defined().find("os/kernel") is None


def test_disks_are_files_of_the_guests_folder_with_their_formats() -> None:
    top = defined(config_drive=True, flavor=make_flavor(swap=64))
    disks = top.findall("devices/disk")
    assert [attributes(disk, "source")["file"] for disk in disks] == [
        f"{FOLDER}/disk",
        f"{FOLDER}/disk.swap",
        f"{FOLDER}/disk.config",
    ]
    assert [attributes(disk, "driver")["type"] for disk in disks] == ["qcow2", "qcow2", "raw"]
    assert [attributes(disk, "target")["dev"] for disk in disks] == ["vda", "vdb", "hdd"]
    assert disks[2].get("device") == "cdrom" and disks[2].find("readonly") is not None


def test_the_flavor_or_the_image_asks_for_a_boot_menu() -> None:
    assert defined().find("os/bootmenu") is None
    assert attributes(defined(image=make_image(hw_boot_menu="True")), "os/bootmenu") == {"enable": "yes"}
    refused = make_flavor(extra_specs={"hw:boot_menu": "false"})
    assert defined(image=make_image(hw_boot_menu="True"), flavor=refused).find("os/bootmenu") is None


def test_the_architecture_has_an_old_name_too() -> None:
    assert attributes(defined(image=make_image(architecture="i686")), "os/type")["arch"] == "i686"


def test_a_guest_of_an_iso_image_boots_from_its_cd() -> None:
    top = defined(image=make_image("cd", "iso"))
    assert attributes(top, "os/boot") == {"dev": "cdrom"}
    disk = top.findall("devices/disk")[0]
    assert disk.get("device") == "cdrom" and disk.find("readonly") is not None
    assert attributes(defined(), "os/boot") == {"dev": "hd"}


def test_interfaces_are_taps_of_our_name_on_the_bridge_without_filters() -> None:
    vif = VIF.__class__(
        id=VIF.id,
        address=VIF.address,
        device=VIF.device,
        network=NetworkRef(id="n", label="private", bridge="br100", mtu=1450),
    )
    nic = defined(vifs=[vif]).find("devices/interface[@type='bridge']")
    assert nic is not None
    assert attributes(nic, "mac")["address"] == VIF.address
    assert attributes(nic, "source") == {"bridge": "br100"}
    assert attributes(nic, "target")["dev"] == VIF.device
    assert attributes(nic, "model")["type"] == "virtio"
    assert attributes(nic, "mtu")["size"] == "1450"
    assert nic.find("filterref") is None


@pytest.mark.parametrize(
    ("name", "value", "path", "attribute"),
    [
        ("hw_vif_model", "e1000", "devices/interface/model", "type"),
        ("hw_video_model", "virtio", "devices/video/model", "type"),
        ("hw_watchdog_action", "reset", "devices/watchdog", "action"),
        ("hw_machine_type", "q35", "os/type", "machine"),
        ("hw_disk_bus", "sata", "devices/disk/target", "bus"),
    ],
)
def test_the_image_chooses_models(name: str, value: str, path: str, attribute: str) -> None:
    assert attributes(defined(image=make_image(**{name: value})), path)[attribute] == value


@pytest.mark.parametrize("name", ["hw_vif_model", "hw_video_model", "hw_watchdog_action"])
def test_a_model_that_is_not_offered_is_refused_by_name(name: str) -> None:
    with pytest.raises(StepFailed, match=name):
        defined(image=make_image(**{name: "spapr-vlan"}))


def test_the_console_is_kept_over_restarts() -> None:
    serial = defined().find("devices/serial[@type='file']")
    assert serial is not None
    assert attributes(serial, "source") == {"path": f"{FOLDER}/console.log", "append": "on"}
    assert attributes(defined(), "devices/serial[@type='pty']/target")["port"] == "1"


def test_the_screen_listens_where_it_is_told() -> None:
    top = defined(DomainSettings(vnc_listen="192.0.2.7", keymap=None))
    graphics = attributes(top, "devices/graphics")
    assert (graphics["type"], graphics["listen"], graphics["autoport"]) == ("vnc", "192.0.2.7", "yes")
    assert "keymap" not in graphics
    assert attributes(top, "devices/video/model")["type"] == "cirrus"
    assert attributes(top, "devices/input") == {"type": "tablet", "bus": "usb"}
    assert defined(DomainSettings(vnc_listen=None)).find("devices/graphics") is None


def test_random_device_unless_flavor_or_host_say_no() -> None:
    assert defined().findtext("devices/rng/backend") == "/dev/urandom"
    assert defined(DomainSettings(rng_source=None)).find("devices/rng") is None
    assert defined(flavor=make_flavor(extra_specs={"hw_rng:allowed": "False"})).find("devices/rng") is None
    limited = make_flavor(extra_specs={"hw_rng:rate_bytes": "1024", "hw_rng:rate_period": "1000"})
    assert attributes(defined(flavor=limited), "devices/rng/rate") == {"bytes": "1024", "period": "1000"}


def test_cpu_follows_host_flavor_and_image() -> None:
    assert attributes(defined(flavor=make_flavor(vcpus=4)), "cpu/topology") == {
        "sockets": "4",
        "cores": "1",
        "threads": "1",
    }
    wish = make_flavor(vcpus=4, extra_specs={"hw:cpu_sockets": "1", "hw:cpu_threads": "2"})
    assert attributes(defined(flavor=wish), "cpu/topology") == {"sockets": "1", "cores": "2", "threads": "2"}
    assert defined().find("cpu") is not None and "mode" not in attributes(defined(), "cpu")
    assert attributes(defined(DomainSettings(cpu_mode="host-model")), "cpu")["mode"] == "host-model"
    named = defined(DomainSettings(cpu_mode="custom", cpu_model="Westmere"))
    assert named.findtext("cpu/model") == "Westmere"
    with pytest.raises(StepFailed, match="names no model"):
        defined(DomainSettings(cpu_mode="custom"))


def test_tuning_only_when_the_flavor_asks() -> None:
    assert defined().find("cputune") is None
    specs = {
        "quota:cpu_shares": "512",
        "quota:disk_read_bytes_sec": "1000",
        "quota:vif_inbound_average": "128",
        "quota:vif_inbound_peak": "256",
    }
    top = defined(flavor=make_flavor(extra_specs=specs))
    assert top.findtext("cputune/shares") == "512"
    assert top.findtext("devices/disk/iotune/read_bytes_sec") == "1000"
    assert attributes(top, "devices/interface/bandwidth/inbound") == {"average": "128", "peak": "256"}


def test_video_memory_within_what_the_flavor_allows() -> None:
    image = make_image(hw_video_ram="64")
    allowed = make_flavor(extra_specs={"hw_video:ram_max_mb": "64"})
    assert attributes(defined(image=image, flavor=allowed), "devices/video/model")["vram"] == str(64 * 1024)
    with pytest.raises(StepFailed, match="video memory"):
        defined(image=image)


def test_settings_come_from_the_options() -> None:
    conf = make_conf(
        libvirt__virt_type="kvm",
        libvirt__hw_machine_type=["x86_64=pc-i440fx-7.2"],
        libvirt__disk_cachemodes=["file=writeback"],
        libvirt__sysinfo_serial="none",
        vnc__enabled=False,
    )
    settings = from_options(conf, "raw")
    expected = DomainSettings(
        virt_type="kvm",
        cpu_mode="host-model",
        machine_types={"x86_64": "pc-i440fx-7.2"},
        cache_mode="writeback",
        disk_format="raw",
        serial="none",
        vnc_listen=None,
    )
    assert dataclasses.asdict(settings) == dataclasses.asdict(expected)
    assert attributes(defined(settings), "os/type")["machine"] == "pc-i440fx-7.2"


def test_a_folder_that_cannot_be_written_has_no_direct_io(tmp_path: Path) -> None:
    assert supports_direct_io(tmp_path / "missing") is False
    supports_direct_io(tmp_path)
    assert list(tmp_path.iterdir()) == []
