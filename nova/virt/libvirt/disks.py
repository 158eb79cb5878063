"""Guests' disks: files in one folder per guest, each written under another name first and then renamed."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from oslo_config import cfg

from nova.base import diskformat, durable
from nova.contracts.errors import ImageUnusable, StepFailed
from nova.contracts.guest import Guest
from nova.contracts.image import Image, property_of
from nova.contracts.metadata_document import RANDOM_SEED_BYTES
from nova.virt import configdrive, disk_tools
from nova.virt.disk_plan import CONFIG_DRIVE_FILE, PlannedDisk, planned_disks
from nova.virt.driver import ImageFetcher
from nova.virt.libvirt.bases import Bases, inspected

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GOING = "_del"
INFO = "disk.info"


class Disks:
    """The folders of all guests of this host."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._top = Path(conf.instances_path)
        self._bases = Bases(keep_raw=conf.force_raw_images)
        kind = conf.libvirt.images_type
        self.format = ("qcow2" if conf.use_cow_images else "raw") if kind == "default" else kind.replace("flat", "raw")

    def folder(self, uuid: str) -> Path:
        """Where this guest's files are. ValueError for what is no uuid: the name becomes a path."""
        if not _UUID.fullmatch(uuid):
            raise ValueError(f"not a server's uuid: {uuid!r}")
        return self._top / uuid

    def format_of(self, uuid: str) -> str:
        """The format of this guest's disks, raw or qcow2: that of the options when they were made.

        A guest may write into its raw disk what makes a qcow2 file of it, so a later option must not change the answer.
        """
        try:
            found = json.loads((self.folder(uuid) / INFO).read_bytes())["format"]
        except FileNotFoundError:
            return self.format
        return "qcow2" if found == "qcow2" else "raw"

    def write(self, guest: Guest, fetch: ImageFetcher) -> None:
        """Write what is missing of the guest's disks."""
        disks = planned_disks(guest, self._conf.config_drive_format)
        folder = self.folder(guest.uuid)
        with disk_tools.disk_errors("the server's disks"):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._once(folder / INFO, self._write_info)
        for name, image in (("kernel", guest.kernel), ("ramdisk", guest.ramdisk)):
            if image is not None:
                self._once(folder / name, lambda part, image=image: _copy_boot_file(image, fetch, part))  # type: ignore[misc]
        for disk in disks:
            self._once(folder / disk.file, self._writer(guest, disk, fetch))

    def _once(self, path: Path, write: Callable[[Path], None]) -> None:
        if path.exists():
            return
        part = path.with_name(f"{path.name}.part")
        with disk_tools.disk_errors("the server's disks"):
            try:
                part.unlink(missing_ok=True)
                # Other users of the host read no guest's disk; who runs the hypervisor is given the file by libvirt.
                part.touch(mode=0o600)
                write(part)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)

    def _write_info(self, part: Path) -> None:
        part.write_text(json.dumps({"format": self.format}))
        durable.settle(part)

    def _writer(self, guest: Guest, disk: PlannedDisk, fetch: ImageFetcher) -> Callable[[Path], None]:
        if disk.role == "root":
            return lambda part: self._write_root(guest, disk, fetch, part)
        if disk.role == "config":
            return lambda part: self._write_config_drive(guest, part)
        return lambda part: self._write_blank(guest, disk, part)

    def _write_root(self, guest: Guest, disk: PlannedDisk, fetch: ImageFetcher, part: Path) -> None:
        if guest.image is None:
            raise StepFailed(reason="The server has no image to boot from.")
        base = self._bases.plain(fetch(guest.image), guest.image, disk.size)
        size = disk.size or base.size
        if self.format_of(guest.uuid) == "qcow2":
            base = self._bases.grown(base, size)
            disk_tools.create_overlay(part, backing=base.path, backing_format=base.format, size=size)
            return
        if base.format == "raw":
            disk_tools.copy_sparse(base.path, part)
        else:
            disk_tools.convert(base.path, base.format, part, "raw", most=base.size)
        os.truncate(part, size)
        if base.content == "ext" and size > base.size:
            disk_tools.grow_ext(part)
        self._preallocate(part, size)

    def _write_blank(self, guest: Guest, disk: PlannedDisk, part: Path) -> None:
        raw = part if self.format_of(guest.uuid) == "raw" else part.with_name(f"{part.name}.raw")
        try:
            with raw.open("wb") as file:
                file.truncate(disk.size)
            kind = disk.filesystem or self._conf.default_ephemeral_format or _default_filesystem(guest)
            disk_tools.make_filesystem(raw, kind, disk.label)
            if raw != part:
                disk_tools.convert(raw, "raw", part, "qcow2")
            else:
                self._preallocate(part, disk.size)
        finally:
            if raw != part:
                raw.unlink(missing_ok=True)

    def _preallocate(self, path: Path, size: int) -> None:
        if self._conf.preallocate_images == "space" and size:
            with path.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, size)

    def _write_config_drive(self, guest: Guest, part: Path) -> None:
        facts = configdrive.HostFacts(
            domain=self._conf.dhcp_domain,
            skipped=self._conf.config_drive_skip_versions.split(),
            vendor_data=configdrive.vendor_data(self._conf.vendordata_jsonfile_path),
        )
        files = configdrive.documents(guest, facts, secrets.token_bytes(RANDOM_SEED_BYTES))
        configdrive.write(files, part, kind=self._conf.config_drive_format, mkisofs=self._conf.mkisofs_cmd)

    def remove(self, uuid: str) -> None:
        """Delete the guest's folder. It is renamed first, so that what is half-deleted is never taken for whole."""
        folder = self.folder(uuid)
        going = folder.with_name(folder.name + _GOING)
        with disk_tools.disk_errors("the removal of the server's disks"):
            if going.exists():
                shutil.rmtree(going)
            if folder.exists():
                folder.rename(going)
                shutil.rmtree(going)

    def yet_to_grow(self) -> int:
        """Bytes that all guests' disks may take beyond what they take now. Those on their way out take none."""
        total = 0
        for uuid, folder in self.owners().items():
            for path in Path(folder).glob("disk*"):
                try:
                    total += _room_left(path, self.format_of(uuid))
                except OSError:
                    continue
        return total

    def owners(self) -> dict[str, str]:
        """Folders of guests: {server uuid: path}, those half-deleted among them."""
        if not self._top.is_dir():
            return {}
        found = {
            path.name.removesuffix(_GOING): str(path)
            for path in sorted(self._top.iterdir(), reverse=True)
            if _UUID.fullmatch(path.name.removesuffix(_GOING)) and path.is_dir()
        }
        return dict(sorted(found.items()))


def _copy_boot_file(image: Image, fetch: ImageFetcher, part: Path) -> None:
    path = fetch(image)
    if inspected(path, image).format != "raw":
        raise ImageUnusable(reason=f"Image {image.id} is a disk, not a kernel or ramdisk.")
    shutil.copyfile(path, part)


def _room_left(path: Path, disk_format: str) -> int:
    """Bytes that the file may yet take. Only of a file whose header guests cannot write is the header believed."""
    facts = path.stat()
    size = facts.st_size
    if disk_format == "qcow2" and path.name != CONFIG_DRIVE_FILE:
        size = diskformat.inspect(path).virtual_size or size
    return max(0, size - facts.st_blocks * 512)


def _default_filesystem(guest: Guest) -> str:
    return "ntfs" if property_of(guest.image, "os_type") == "windows" else "ext4"
