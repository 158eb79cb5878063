"""The project's own test guest: its build, and what it does when it boots. One guest at a time, under TCG."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab.config_drive import iso_drive, vfat_drive, write_tree
from tests.lab.plain_qemu import PlainGuest, linked, overlay

pytestmark = pytest.mark.lab

RECIPE = Path(__file__).parents[2] / "devstack/image"
UUID = "83679162-1378-4288-a2d4-70e13ec132aa"
SCRIPT = '#!/bin/sh\necho "user data runs as $(id -un) on $(hostname)"\ncat /etc/motd /opt/new/folder/note\n'


@pytest.fixture(scope="module")
def image(request: pytest.FixtureRequest) -> Path:
    """The built image; kept between runs, since the build knows whether it is current."""
    folder = Path(request.config.cache.mkdir("guest-image"))
    build(folder)
    return folder


def build(folder: Path) -> str:
    command = [str(RECIPE / "build.sh"), str(folder)]
    return subprocess.run(command, check=True, timeout=300, capture_output=True, text=True).stdout


def meta_data(**more: Any) -> dict[str, Any]:
    return {"uuid": UUID, "hostname": "vm-one.novalocal", "name": "vm-one", **more}


def make_key(folder: Path) -> tuple[Path, str]:
    key = folder / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=30)
    return key, key.with_suffix(".pub").read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fingerprint(console: str) -> str:
    found = re.search(r"guest: ssh host key ed25519 (SHA256:\S+)", console)
    assert found, console
    return found[1]


def public_host_key(console: str) -> str:
    found = re.search(r"guest: (ssh-ed25519 \S+)", console)
    assert found, console
    return found[1]


def test_second_build_with_the_same_inputs_changes_nothing(image: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in image.iterdir()}
    assert "up to date" in build(image)
    assert {path.name: path.stat().st_mtime_ns for path in image.iterdir()} == before
    assert set(before) == {"vmlinuz", "initrd.zst", "root.ext4", "disk.qcow2", ".stamp"}


def test_build_explains_itself_and_refuses_unknown_options() -> None:
    command = str(RECIPE / "build.sh")
    told = subprocess.run([command, "--help"], check=True, capture_output=True, text=True, timeout=30)
    assert "usage: build.sh" in told.stdout
    assert subprocess.run([command, "--nonsense"], capture_output=True, timeout=30).returncode == 2
    assert subprocess.run([command], capture_output=True, timeout=30).returncode == 2


def test_whole_disk_boots_to_a_login_prompt(image: Path, tmp_path: Path) -> None:
    with PlainGuest(tmp_path, overlay(image / "disk.qcow2", "qcow2", tmp_path / "disk.qcow2")) as guest:
        console = guest.wait_for("guest login:")
    assert "guest: eth0 dhcp 10.0.2.15/24" in console
    assert "guest: metadata from none" in console


def test_linked_images_boot_and_obey_the_power_button(image: Path, tmp_path: Path) -> None:
    disk = overlay(image / "root.ext4", "raw", tmp_path / "disk.qcow2")
    with PlainGuest(tmp_path, disk, extra=linked(image)) as guest:
        guest.wait_for("guest login:")
        guest.press_power_button()
        assert guest.wait_until_off() == 0
        assert "guest: power button" in guest.console()


def test_iso_config_drive_makes_the_server_once(image: Path, tmp_path: Path) -> None:
    key, public = make_key(tmp_path)
    files = [
        {"path": "/etc/motd", "content_path": "/content/0000"},
        {"path": "/opt/new/folder/note", "content_path": "/content/0001"},
    ]
    tree = write_tree(
        tmp_path / "tree",
        meta_data(files=files, public_keys={"mine": public}),
        user_data=SCRIPT,
        contents={"0000": "injected greeting\n", "0001": "injected note\n"},
    )
    disk = overlay(image / "root.ext4", "raw", tmp_path / "disk.qcow2")
    extra = [*linked(image), *iso_drive(tree, tmp_path / "config.iso")]
    port = free_port()
    with PlainGuest(tmp_path, disk, extra=extra, network=f",hostfwd=tcp:127.0.0.1:{port}-:22") as guest:
        first = guest.wait_for("vm-one login:")
        assert_screen_shows_login(key, port, public_host_key(first))
        guest.press_power_button()
        guest.wait_until_off()
    assert f"guest: metadata from drive, uuid {UUID}" in first
    assert "guest: ssh keys: 1" in first
    assert "user data runs as root on vm-one\ninjected greeting\ninjected note\n" in first
    assert "guest: user data ended with status 0" in first

    with PlainGuest(tmp_path, disk, extra=extra) as guest:
        second = guest.wait_for("vm-one login:")
    assert "user data already ran" in second
    assert "boot 2 of this disk" in second
    assert "guest: ssh keys: 1" in second
    assert fingerprint(second) == fingerprint(first)


def assert_screen_shows_login(key: Path, port: int, host_key: str) -> None:
    """Over ssh, whose host key must be the printed one, read the text of the guest's VGA screen."""
    known = key.with_name("known_hosts")
    known.write_text(f"[127.0.0.1]:{port} {host_key}\n")
    options = (f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes", "BatchMode=yes", "ConnectTimeout=20")
    command = ["ssh", "-F", "none", "-i", str(key), "-p", str(port)]
    command += [word for option in options for word in ("-o", option)]
    command += ["root@127.0.0.1", "cat /dev/vcs1"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert shown.returncode == 0, shown.stderr
    assert "vm-one login:" in shown.stdout


def test_vfat_config_drive_gives_a_static_address(image: Path, tmp_path: Path) -> None:
    interfaces = (
        "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n    address 10.0.2.77\n"
        "    netmask 255.255.255.0\n    gateway 10.0.2.2\n    dns-nameservers 10.0.2.3\n"
    )
    tree = write_tree(
        tmp_path / "tree",
        meta_data(network_config={"name": "network_config", "content_path": "/content/0000"}),
        user_data="#!/bin/sh\nip route\ncat /etc/resolv.conf\n",
        contents={"0000": interfaces},
    )
    disk = overlay(image / "disk.qcow2", "qcow2", tmp_path / "disk.qcow2")
    with PlainGuest(tmp_path, disk, extra=vfat_drive(tree, tmp_path / "config.vfat")) as guest:
        console = guest.wait_for("vm-one login:")
    assert "guest: config drive on /dev/vdb" in console
    assert "guest: eth0 static 10.0.2.77/24" in console
    assert "default via 10.0.2.2 dev eth0" in console
    assert "nameserver 10.0.2.3" in console


def service(folder: Path) -> str:
    """QEMU user networking in which 169.254.169.254:80 answers from the files of `folder`."""
    answer = f"{sys.executable} {Path(__file__).with_name('answer_http.py')} {folder}"
    return f",net=169.254.0.0/16,guestfwd=tcp:169.254.169.254:80-cmd:{answer}"


def test_metadata_service_is_asked_without_a_config_drive(image: Path, tmp_path: Path) -> None:
    files = [{"path": "/etc/motd", "content_path": "/content/0000"}]
    name = 'quotes " and \\ and \u00e9'
    tree = write_tree(
        tmp_path / "tree",
        meta_data(name=name, files=files, meta={"nested": ["a", {"b": None}]}),
        user_data="#!/bin/sh\ncat /etc/motd\n. /lib/guest/metadata.sh\nmeta name\n",
        contents={"0000": "greeting from the service\n"},
    )
    disk = overlay(image / "root.ext4", "raw", tmp_path / "disk.qcow2")
    with PlainGuest(tmp_path, disk, extra=linked(image), network=service(tree)) as guest:
        console = guest.wait_for("vm-one login:")
    assert f"guest: metadata from service, uuid {UUID}" in console
    assert "greeting from the service\n" in console
    assert name in console


def test_ec2_tree_is_the_last_resort(image: Path, tmp_path: Path) -> None:
    _, public = make_key(tmp_path)
    leaves = {
        "latest/meta-data/instance-id": "i-00000001",
        "latest/meta-data/hostname": "vm-ec2.novalocal",
        "latest/meta-data/public-keys/0/openssh-key": public,
        "latest/user-data": "not a script",
    }
    for leaf, text in leaves.items():
        path = tmp_path / "tree" / leaf
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    disk = overlay(image / "root.ext4", "raw", tmp_path / "disk.qcow2")
    with PlainGuest(tmp_path, disk, extra=linked(image), network=service(tmp_path / "tree")) as guest:
        console = guest.wait_for("vm-ec2 login:")
    assert "guest: metadata from ec2, uuid i-00000001" in console
    assert "guest: ssh keys: 1" in console
    assert "guest: user data is not a script" in console


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        ({"a": {"b": [1, "x", {}], "c": True}}, ["a.b.0\t1", "a.b.1\tx", "a.c\ttrue"]),
        ({"key": "ssh-rsa AAA me\n"}, ["key\tssh-rsa AAA me\\n"]),
        ({"quote": 'a"b/c', "back": "a\\b"}, ['quote\ta"b/c', "back\ta\\\\b"]),
        ({"accent": "\u00e9\u20ac"}, ["accent\t\\0303\\0251\\0342\\0202\\0254"]),
        ([], []),
        ("alone", ["\talone"]),
    ],
)
def test_json_is_flattened_to_lines(document: object, lines: list[str]) -> None:
    program = RECIPE / "guest/root/lib/guest/json.awk"
    command = ["busybox", "awk", "-f", str(program)]
    ran = subprocess.run(command, input=json.dumps(document), capture_output=True, text=True, timeout=10)
    assert (ran.returncode, ran.stdout.splitlines()) == (0, lines)


@pytest.mark.parametrize("text", ["", "{", '{"a" 1}', '{"a": }', '"open', "{1: 2}"])
def test_broken_json_ends_with_a_failure(text: str) -> None:
    command = ["busybox", "awk", "-f", str(RECIPE / "guest/root/lib/guest/json.awk")]
    ran = subprocess.run(command, input=text + "\n", capture_output=True, text=True, timeout=10)
    assert ran.returncode == 1
