"""qemu-img believes what it is told of a disk, and nothing that the disk says of itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nova.base import diskformat
from nova.virt import disk_tools

MIB = 1024 * 1024
pytestmark = pytest.mark.skipif(not shutil.which("qemu-img"), reason="needs qemu-utils")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A guest's raw disk, into which its owner wrote the header of an image that reads a file of the host."""
    secret, path = tmp_path / "secret", tmp_path / "disk"
    secret.write_bytes(b"of the host" * 100_000)
    argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(secret), "-F", "raw", str(path), "1M"]
    subprocess.run(argv, check=True, timeout=30)
    return path


def test_a_raw_disk_is_converted_as_raw(hostile: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    disk_tools.convert(hostile, "raw", target, "raw")
    content = hostile.read_bytes()
    assert target.read_bytes()[: len(content)] == content and b"of the host" not in content


def test_an_overlay_names_its_backing_format(hostile: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    disk_tools.create_overlay(overlay, backing=hostile, backing_format="raw", size=MIB)
    assert diskformat.inspect(overlay).backing_file == str(hostile)
    flat = tmp_path / "flat"
    disk_tools.convert(overlay, "qcow2", flat, "raw")
    assert b"of the host" not in flat.read_bytes() and flat.stat().st_size == MIB
