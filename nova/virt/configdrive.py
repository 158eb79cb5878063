"""The config drive: the metadata documents as a small file system that the guest mounts by its label."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nova.base import process
from nova.contracts import metadata_document as document
from nova.contracts.guest import Guest

LABEL = "config-2"
PUBLISHER = "OpenStack Nova"
VFAT_KIB = 64 * 1024
_VENDOR_DATA: dict[str, Any] = {}


def documents(guest: Guest, *, domain: str, skipped: Iterable[str], random_seed: bytes) -> dict[str, bytes]:
    """Every file of the drive: {path: bytes}. `skipped` are versions of the EC2 tree left out."""
    files = {f"openstack/content/{name}": text for name, text in document.contents(guest).items()}
    user_data = document.user_data(guest)
    for version in (*document.OPENSTACK_VERSIONS, document.LATEST):
        for name in document.openstack_files(version, has_user_data=user_data is not None):
            if name == "user_data" and user_data is not None:
                files[f"openstack/{version}/user_data"] = user_data
            elif name.endswith(".json"):
                files[f"openstack/{version}/{name}"] = _json(_openstack(guest, name, version, domain, random_seed))
    for version in (*document.EC2_VERSIONS, document.LATEST):
        if version in skipped:
            continue
        files[f"ec2/{version}/meta-data.json"] = _json(document.ec2_meta_data(guest, version, domain=domain))
        if user_data is not None:
            files[f"ec2/{version}/user-data"] = user_data
    return files


def _openstack(guest: Guest, name: str, version: str, domain: str, random_seed: bytes) -> Mapping[str, Any]:
    if name == "meta_data.json":
        return document.meta_data(guest, version, domain=domain, random_seed=random_seed, with_password=True)
    if name == "network_data.json":
        return document.network_data(guest)
    return document.vendor_data2(_VENDOR_DATA) if name == "vendor_data2.json" else _VENDOR_DATA


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True).encode()


def write(files: Mapping[str, bytes], path: Path, *, kind: str, mkisofs: str) -> None:
    """Make the drive at `path`; `kind` is iso9660 or vfat. CommandFailed, OSError."""
    with tempfile.TemporaryDirectory(prefix=".config-", dir=path.parent) as folder:
        top = Path(folder)
        for name, content in files.items():
            file = top / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        # The drive may hold a password: nobody but its owner reads it, from the first byte on.
        path.touch(mode=0o600)
        path.chmod(0o600)
        if kind == "vfat":
            _write_vfat(top, path)
        else:
            _write_iso(top, path, mkisofs)


def _write_iso(top: Path, path: Path, mkisofs: str) -> None:
    names = ["-ldots", "-allow-lowercase", "-allow-multidot", "-l", "-J", "-r"]
    process.run([mkisofs, "-o", str(path), *names, "-publisher", PUBLISHER, "-quiet", "-V", LABEL, str(top)])


def _write_vfat(top: Path, path: Path) -> None:
    path.unlink()
    process.run(["mkfs.vfat", "-C", "-n", LABEL, str(path), str(VFAT_KIB)])
    path.chmod(0o600)
    process.run(["mcopy", "-s", "-i", str(path), *(str(one) for one in sorted(top.iterdir())), "::/"])
