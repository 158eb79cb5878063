"""The config drive: the metadata documents as a small file system that the guest mounts by its label."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nova.base import process
from nova.contracts import metadata_document as document
from nova.contracts.guest import Guest

LOG = logging.getLogger(__name__)

LABEL = "config-2"
PUBLISHER = "OpenStack Nova"
VFAT_KIB = 64 * 1024


@dataclass(frozen=True)
class HostFacts:
    """What the documents say beside the guest's own record: the host's choices.

    `domain` ends the guests' names; `skipped` are versions of the EC2 tree left out; `vendor_data` is the operator's.
    """

    domain: str = ""
    skipped: Sequence[str] = ()
    vendor_data: Mapping[str, Any] = field(default_factory=dict)


def vendor_data(path: str | None) -> dict[str, Any]:
    """The operator's document from its JSON file; {} without one, or when it is no JSON object."""
    if not path:
        return {}
    try:
        found = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        LOG.warning("Option vendordata_jsonfile_path is ignored: %s", error)
        return {}
    return found if isinstance(found, dict) else {}


def documents(guest: Guest, facts: HostFacts, random_seed: bytes) -> dict[str, bytes]:
    """Every file of the drive: {path: bytes}."""
    files = {f"openstack/content/{name}": text for name, text in document.contents(guest).items()}
    user_data = document.user_data(guest)
    for version in (*document.OPENSTACK_VERSIONS, document.LATEST):
        for name in document.openstack_files(version, has_user_data=user_data is not None):
            if name == "user_data" and user_data is not None:
                files[f"openstack/{version}/user_data"] = user_data
            elif name.endswith(".json"):
                files[f"openstack/{version}/{name}"] = _json(_openstack(guest, name, version, facts, random_seed))
    for version in (*document.EC2_VERSIONS, document.LATEST):
        if version in facts.skipped:
            continue
        files[f"ec2/{version}/meta-data.json"] = _json(document.ec2_meta_data(guest, version, domain=facts.domain))
        if user_data is not None:
            files[f"ec2/{version}/user-data"] = user_data
    return files


def _openstack(guest: Guest, name: str, version: str, facts: HostFacts, random_seed: bytes) -> Mapping[str, Any]:
    if name == "meta_data.json":
        return document.meta_data(guest, version, domain=facts.domain, random_seed=random_seed, with_password=True)
    if name == "network_data.json":
        return document.network_data(guest)
    return document.vendor_data2(facts.vendor_data) if name == "vendor_data2.json" else facts.vendor_data


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True).encode()


def write(files: Mapping[str, bytes], path: Path, *, kind: str, mkisofs: str) -> None:
    """Make the drive at `path`; `kind` is iso9660 or vfat. CommandFailed, OSError."""
    # Always the same folder: one that a killed process left, with all that is secret, goes with the next.
    top = path.with_name(f"{path.name}.files")
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir(mode=0o700)
    try:
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
    finally:
        shutil.rmtree(top)


def _write_iso(top: Path, path: Path, mkisofs: str) -> None:
    names = ["-ldots", "-allow-lowercase", "-allow-multidot", "-l", "-J", "-r"]
    process.run([mkisofs, "-o", str(path), *names, "-publisher", PUBLISHER, "-quiet", "-V", LABEL, str(top)])


def _write_vfat(top: Path, path: Path) -> None:
    path.unlink()
    process.run(["mkfs.vfat", "-C", "-n", LABEL, str(path), str(VFAT_KIB)])
    path.chmod(0o600)
    process.run(["mcopy", "-s", "-i", str(path), *(str(one) for one in sorted(top.iterdir())), "::/"])
