"""The metadata tree of one server as files, and config drives made of it, without mounts."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_tree(
    folder: Path, meta_data: Mapping[str, Any], *, user_data: str = "", contents: Mapping[str, str] | None = None
) -> Path:
    """Write openstack/latest, and openstack/content from names to texts; returns `folder`."""
    latest, content = folder / "openstack/latest", folder / "openstack/content"
    latest.mkdir(parents=True)
    content.mkdir()
    (latest / "meta_data.json").write_text(json.dumps(meta_data))
    if user_data:
        (latest / "user_data").write_text(user_data)
    for name, text in (contents or {}).items():
        (content / name).write_text(text)
    return folder


def iso_drive(tree: Path, path: Path) -> list[str]:
    """Make an iso9660 config drive at `path`; returns QEMU's arguments for it as a CD-ROM."""
    command = ["genisoimage", "-quiet", "-V", "config-2", "-R", "-J", "-l", "-o", str(path), str(tree)]
    subprocess.run(command, check=True, timeout=30)
    return ["-drive", f"file={path},format=raw,if=ide,index=3,media=cdrom"]


def vfat_drive(tree: Path, path: Path) -> list[str]:
    """Make a vfat config drive at `path`; returns QEMU's arguments for it as a second disk."""
    with path.open("wb") as drive:
        drive.truncate(64 << 20)
    environment = os.environ | {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    subprocess.run(
        ["mkfs.vfat", "-n", "config-2", str(path)], check=True, timeout=30, env=environment, stdout=subprocess.DEVNULL
    )
    command = ["mcopy", "-s", "-i", str(path), str(tree / "openstack"), "::"]
    subprocess.run(command, check=True, timeout=30)
    return ["-drive", f"file={path},format=raw,if=virtio"]
