"""Images on this host: each fetched once, proved to be what the image store says, and kept for the next guest."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

from nova.base import diskformat, durable, filelock
from nova.base.locks import KeyedLocks
from nova.clients.images import Images
from nova.contracts.errors import DiskFull, Forbidden, ImageUnusable, NotFound, StepFailed, Unavailable
from nova.contracts.image import Image

LOG = logging.getLogger(__name__)

PART = ".part"
LOCKS = ".locks"
FORMATS = frozenset(("raw", "qcow2", "iso", "vmdk", "vdi", "vhd", "vhdx", "ami", "aki", "ari"))
CONTAINERS = frozenset((None, "bare", "ami", "aki", "ari"))
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def free_room(folder: Path) -> int:
    """Bytes that may still be written there."""
    return shutil.disk_usage(folder).free


def base_name(image_id: str) -> str:
    """The name of an image's file: the id may hold what a file name must not."""
    return hashlib.sha1(image_id.encode(), usedforsecurity=False).hexdigest()


class ImageCache:
    """The folder of cached images. Files appear in it whole and verified, or not at all.

    `fetch` may be called from several threads and processes: one of them fetches an image, the others wait for it.
    Drivers may keep files of their own beside an image, with names that begin with its name and a dot.
    """

    def __init__(self, folder: Path, store: Images, *, room: Callable[[Path], int] = free_room) -> None:
        self.folder = folder
        self._store = store
        self._room = room
        self._flights = KeyedLocks()

    def fetch(self, image: Image) -> Path:
        """A verified copy of the image in its own format. ImageUnusable, DiskFull, Unavailable."""
        _check_record(image)
        path = self.folder / base_name(image.id)
        if _used(path):
            return path
        # Threads wait for each other here, so that at most one of them blocks on the lock between processes.
        with self._flights.hold(path.name), filelock.hold(self.folder / LOCKS / path.name):
            if not _used(path):
                self._fetch(image, path)
        return path

    def _fetch(self, image: Image, path: Path) -> None:
        part = path.with_name(path.name + PART)
        try:
            self._download(image, part)
            _check_content(image, part)
            part.chmod(0o644)
            part.rename(path)
            durable.settle(self.folder)
        except OSError as error:
            LOG.exception("Image %s could not be written to %s", image.id, path)
            if error.errno in _NO_ROOM:
                raise DiskFull(reason=f"The host has no room for image {image.id}.") from error
            raise StepFailed(reason=f"The host could not write image {image.id} to its cache.") from error
        finally:
            part.unlink(missing_ok=True)
        LOG.info("Image %s is cached as %s", image.id, path)

    def _download(self, image: Image, part: Path) -> None:
        room = self._room(self.folder)
        if image.size is not None and image.size > room:
            LOG.error("Image %s has %d bytes, %s has room for %d", image.id, image.size, self.folder, room)
            raise DiskFull(reason=f"The host has no room for image {image.id}.")
        with part.open("wb") as file:
            received, digest = self._pour(image, file, room)
        durable.settle(part)
        if image.size is not None and received < image.size:
            LOG.warning("Of image %s came %d of %d bytes", image.id, received, image.size)
            raise Unavailable(service="Glance", hint=f"The download of image {image.id} ended early.")
        wanted = image.hash_value or image.checksum
        if wanted is None:
            LOG.warning("Glance keeps no checksum of image %s: its content could not be verified", image.id)
        elif digest != wanted.lower():
            LOG.error("Image %s has the checksum %s, not %s", image.id, digest, wanted)
            raise ImageUnusable(reason=f"Image {image.id} is damaged: its content does not fit its checksum.")

    def _pour(self, image: Image, file: IO[bytes], room: int) -> tuple[int, str]:
        """Write what comes; answers how many bytes and their digest."""
        digest = _digest(image)
        received = 0
        try:
            for piece in self._store.download(image.id):
                received += len(piece)
                if image.size is not None and received > image.size:
                    raise ImageUnusable(reason=f"Image {image.id} is larger than its record says.")
                if received > room:
                    raise DiskFull(reason=f"The host has no room for image {image.id}.")
                digest.update(piece)
                file.write(piece)
        except NotFound as missing:
            raise ImageUnusable(reason=f"Image {image.id} is not there, or has no data.") from missing
        except Forbidden as refused:
            LOG.error("Glance refuses image %s to this host: check the credentials in section [glance]", image.id)
            raise ImageUnusable(reason=f"The host may not read image {image.id}.") from refused
        return received, digest.hexdigest()


def _digest(image: Image) -> hashlib._Hash:
    if image.hash_value and image.hash_algo:
        try:
            return hashlib.new(image.hash_algo)
        except ValueError as unknown:
            reason = f"Image {image.id} has a checksum of the unknown kind {image.hash_algo}."
            raise ImageUnusable(reason=reason) from unknown
    return hashlib.md5(usedforsecurity=False)


def _used(path: Path) -> bool:
    """Whether it is there; if so it was used just now."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _check_record(image: Image) -> None:
    """Refuse what can be told without fetching."""
    complaint = None
    if image.status != "active":
        complaint = f"is {image.status}, not active"
    elif image.size == 0:
        complaint = "has no data"
    elif image.disk_format not in FORMATS:
        complaint = f"has the disk format {image.disk_format}, which this host cannot use"
    elif image.container_format not in CONTAINERS:
        complaint = f"is packed as {image.container_format}, which this host cannot unpack"
    if complaint:
        raise ImageUnusable(reason=f"Image {image.id} {complaint}.")


def _check_content(image: Image, part: Path) -> None:
    """Refuse a file that is not what its record says, or that wants to read others."""
    found = diskformat.inspect(part)
    complaint = None
    if not found.is_a(image.disk_format or ""):
        complaint = f"is declared as {image.disk_format}, but its content is {found.name}"
    elif found.backing_file is not None:
        complaint = "refers to a backing file, which is not allowed: flatten it and upload it again"
    elif found.data_file is not None:
        complaint = "keeps its data in another file, which is not allowed: convert it and upload it again"
    elif found.problem is not None:
        complaint = f"cannot be used: {found.problem}"
    if complaint:
        LOG.error("Image %s is refused: %s", image.id, found)
        raise ImageUnusable(reason=f"Image {image.id} {complaint}.")
