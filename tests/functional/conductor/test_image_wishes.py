"""What an image asks for its servers without their owner asking."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova.clients.fake_glance import document
from tests.databases import sqlite_url
from tests.functional.cloud import Cloud

DATA = bytes(1024)


@pytest.fixture
def small_cloud(tmp_path: Path, empty_sqlite: Path) -> Iterator[Cloud]:
    """All daemons in this process, one host."""
    made = Cloud(tmp_path, sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db")))
    yield made
    made.__exit__()


@pytest.mark.parametrize(("wish", "has_drive"), [("mandatory", True), ("optional", False)])
def test_an_image_may_insist_on_a_config_drive(small_cloud: Cloud, wish: str, has_drive: bool) -> None:
    image = small_cloud.images.add(document("insists", DATA, img_config_drive=wish), DATA)
    assert small_cloud.settled(small_cloud.boot(image=image)).config_drive is has_drive


def test_an_iso_image_is_a_cd(small_cloud: Cloud) -> None:
    seen = []
    driver = small_cloud.hosts["one"].driver
    make_disks = driver.make_disks

    def note(guest: Any, fetch: Any) -> None:
        seen.append(guest.block_devices[0].device_type)
        make_disks(guest, fetch)

    driver.make_disks = note
    data = bytes(32769) + b"CD001" + bytes(4096)
    image = small_cloud.images.add(document("cd", data, disk_format="iso"), data)
    assert small_cloud.settled(small_cloud.boot(image=image)).vm_state == "active"
    assert seen == ["cdrom"]


def test_a_server_says_where_its_root_disk_is(small_cloud: Cloud) -> None:
    image = small_cloud.images.add(document("old", DATA, hw_disk_bus="ide"), DATA)
    assert small_cloud.settled(small_cloud.boot(image=image)).root_device_name == "/dev/hda"
    assert small_cloud.settled(small_cloud.boot()).root_device_name == "/dev/vda"
