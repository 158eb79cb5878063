"""What cannot become a server: each ends in ERROR with a fault that a user understands, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.people import User
from tests.integration.stacks import run, wait
from tests.real_cloud import Carried, Cloud, Guest, create, delete, until_as_before, wish

pytestmark = pytest.mark.lab

SECONDS = 120
MIB = 1024 * 1024
# A network of two hosts; the gateway is one.
TINY = "10.254.200.0/30"


@pytest.fixture(scope="module")
def before(cloud: Cloud, demo: Guest) -> Carried:
    """What the host carries when all is well."""
    assert demo.status() == "ACTIVE"
    return cloud.carries()


@pytest.fixture
def store(cloud: Cloud, person: User) -> Iterator[Store]:
    """Glance; images put in are taken out after the test."""
    made = Store(cloud, person)
    yield made
    made.clear()


class Store:
    """Images of user demo in Glance, and what an evil or unlucky store would make of them."""

    def __init__(self, cloud: Cloud, person: User) -> None:
        self._cloud, self._person = cloud, person
        self._made: list[str] = []

    def add(self, content: bytes, disk_format: str, **properties: Any) -> str:
        """Put an image in; answers its name."""
        name = f"odd-{secrets.token_hex(4)}"
        record = {"name": name, "disk_format": disk_format, "container_format": "bare", **properties}
        answer = self._person.fetch("POST", self._url, json=record)
        assert answer.status_code == 201, answer.text
        self._made.append(answer.json()["id"])
        headers = {"Content-Type": "application/octet-stream"}
        answer = self._person.fetch("PUT", f"{self._url}/{self._made[-1]}/file", data=content, headers=headers)
        assert answer.status_code == 204, answer.text
        return name

    def replace(self, content: bytes, *, honestly: bool) -> None:
        """Give the newest image another content; its record follows when it is done honestly."""
        image = self._made[-1]
        (self._cloud.data / "glance/images" / image).write_bytes(content)
        if honestly:
            sums = (
                f"checksum='{hashlib.md5(content).hexdigest()}', os_hash_value='{hashlib.sha512(content).hexdigest()}'"
            )
            self._cloud.sql(f"UPDATE glance.images SET size={len(content)}, {sums} WHERE id='{image}'")

    def clear(self) -> None:
        """Delete all."""
        for image in self._made:
            self._person.fetch("DELETE", f"{self._url}/{image}")

    @property
    def _url(self) -> str:
        return f"{self._cloud.image_url}/v2/images"


def fault_of(person: User, server: str) -> str:
    """The message of the fault in which a boot must end."""
    shown = person.settled(server, SECONDS)
    assert shown["status"] == "ERROR", shown["status"]
    message = str(shown["fault"]["message"])
    print(f"\nfault: {message}")
    assert "Traceback" not in message and message.count("No valid host was found.") < 2
    return message


def fails(cloud: Cloud, person: User, before: Carried, image: str, *words: str, **more: Any) -> None:
    """Boot from the image; the fault has to have the words, and nothing may be left."""
    server = create(person, image, **more)
    try:
        message = fault_of(person, server)
        assert all(word in message for word in words), message
        assert not cloud.has_domain(server)
    finally:
        delete(person, server)
    until_as_before(cloud, before)


def qcow2(folder: Path, *options: str, size: str = "16M") -> bytes:
    """The content of a new qcow2 file."""
    path = folder / "disk.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *options, str(path), size], check=True, timeout=30)
    return path.read_bytes()


def test_a_damaged_image(cloud: Cloud, person: User, before: Carried, store: Store) -> None:
    name = store.add(os.urandom(MIB), "raw")
    store.replace(os.urandom(MIB), honestly=False)
    fails(cloud, person, before, name, "damaged", "checksum")


def test_a_qcow2_that_is_called_raw(cloud: Cloud, person: User, before: Carried, store: Store, tmp_path: Path) -> None:
    fails(cloud, person, before, store.add(qcow2(tmp_path), "raw"), "declared as raw", "qcow2")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("-b", "/etc/passwd", "-F", "raw"), "backing file"),
        (("-o", "data_file={}/data,data_file_raw=on"), "another file"),
    ],
)
def test_a_qcow2_that_reads_other_files(
    cloud: Cloud,
    person: User,
    before: Carried,
    store: Store,
    tmp_path: Path,
    options: tuple[str, ...],
    word: str,
) -> None:
    name = store.add(qcow2(tmp_path), "qcow2")
    evil = qcow2(tmp_path, *[option.format(tmp_path) for option in options])
    # Glance itself refuses such an image: the store has to be the evil one.
    store.replace(evil, honestly=True)
    fails(cloud, person, before, name, word, "not allowed")


def test_an_image_too_large_for_the_flavor(
    cloud: Cloud, person: User, before: Carried, store: Store, tmp_path: Path
) -> None:
    fails(cloud, person, before, store.add(qcow2(tmp_path, size="5G"), "qcow2"), "flavor")


def test_an_image_whose_kernel_is_missing(cloud: Cloud, person: User, before: Carried, store: Store) -> None:
    name = store.add(os.urandom(MIB), "ami", container_format="ami", kernel_id="0" * 8 + "-0000-4000-8000-" + "0" * 12)
    answer = person.send("POST", "/servers", wish(person, name))
    if answer.status_code == 202:
        server = str(answer.json()["server"]["id"])
        message = fault_of(person, server)
        delete(person, server)
    else:
        assert answer.status_code == 400
        message = answer.json()["badRequest"]["message"]
    assert "kernel" in message.lower() or "00000000-0000-4000-8000" in message
    until_as_before(cloud, before)


def test_a_full_disk(cloud: Cloud, person: User, before: Carried, store: Store) -> None:
    name = store.add(os.urandom(8 * MIB), "raw")
    with small_cache(cloud):
        fails(cloud, person, before, name, "no room")


@contextmanager
def small_cache(cloud: Cloud) -> Iterator[None]:
    """Have nova-compute see a cache of images on a file system of 4 MiB; guests that run are none the wiser."""
    folder, into = str(cloud.data / "state/instances/_base"), ["nsenter", "-t", str(cloud.pid("nova-compute")), "-m"]
    run([*into, "mount", "-t", "tmpfs", "-o", "size=4m", "none", folder])
    try:
        yield
    finally:
        run([*into, "umount", "-l", folder])


def test_a_network_without_an_address_left(cloud: Cloud, person: User, before: Carried) -> None:
    cloud.manage("network", "create", "--label", "tiny", "--fixed_range_v4", TINY, "--bridge", "br199")
    try:
        cloud.manage("fixed", "reserve", "--address", "10.254.200.2")
        networks = person.get("/os-networks", version="2.35")["networks"]
        tiny = next(network["id"] for network in networks if network["label"] == "tiny")
        answer = person.send("POST", "/servers", wish(person, networks=[{"uuid": tiny}]))
        if answer.status_code == 202:
            server = str(answer.json()["server"]["id"])
            message = fault_of(person, server)
            delete(person, server)
        else:
            message = answer.text
        assert "address" in message.lower()
    finally:
        cloud.manage("network", "delete", "--fixed_range", TINY)
    until_as_before(cloud, before)


def test_glance_and_libvirtd_go_down(cloud: Cloud, person: User, before: Carried, store: Store, demo: Guest) -> None:
    """They are there when two servers are asked for, and gone when the host wants an image, or to start a guest."""
    new, known = wish(person, store.add(os.urandom(MIB), "raw")), wish(person)
    compute = cloud.signal("nova-compute", signal.SIGSTOP)
    try:
        without_image, without_guest = (person.ask("POST", "/servers", each)["server"]["id"] for each in (new, known))
        cloud.stop("glance")
        cloud.stop("libvirtd")
        os.kill(compute, signal.SIGCONT)
        answer = person.send("POST", "/servers", new)
        assert answer.status_code == 503 and "Glance" in answer.text
        assert "Glance" in fault_of(person, without_image)
        assert "hypervisor" in fault_of(person, without_guest)
    finally:
        os.kill(compute, signal.SIGCONT)
        cloud.start("glance")
        cloud.start("libvirtd")
        wait("Glance", lambda: person.fetch("GET", f"{cloud.image_url}/v2/images").status_code == 200)
    for server in (without_image, without_guest):
        delete(person, server)
    until_as_before(cloud, before)
    assert demo.pings() and demo.status() == "ACTIVE"
