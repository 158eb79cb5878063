"""An image store without Glance: for trials, benchmarks and tests.

Its images live in memory, or in a folder as `<id>.json` (a document as Glance's v2 API writes it) beside `<id>.data`,
so that several daemons see the same ones.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nova.base.context import RequestContext
from nova.clients import image_document
from nova.clients.images import Images
from nova.contracts.errors import BadRequest, NotFound, Unavailable
from nova.contracts.image import Image

PIECE = 64 * 1024
BUILT_IN = "70a599e0-31e7-49b7-b260-868f441e862b"
"""The one image that a fake store without a folder has: a MiB of zeros, raw, public."""


def document(image_id: str, data: bytes, **more: Any) -> dict[str, Any]:
    """A document with size and digests that fit the data; `more` overrides and adds properties."""
    return {
        "id": image_id,
        "name": image_id,
        "status": "active",
        "visibility": "public",
        "disk_format": "raw",
        "container_format": "bare",
        "size": len(data),
        "checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "os_hash_algo": "sha512",
        "os_hash_value": hashlib.sha512(data).hexdigest(),
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        **more,
    }


class FakeGlance(Images):
    """Everybody sees and may do everything.

    Tests reach for `downloads` (ids in the order asked) and `away` (True: every call is Unavailable).
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._documents: dict[str, dict[str, Any]] = {}
        self._data: dict[str, bytes] = {}
        self._guard = threading.RLock()
        self.downloads: list[str] = []
        self.away = False

    @classmethod
    def at(cls, address: str) -> FakeGlance:
        """`fake:///folder`, or `fake://` for one built-in image in memory."""
        path = urlsplit(address).path
        if path.strip("/"):
            return cls(Path(path))
        store = cls()
        store.add(document(BUILT_IN, bytes(1024 * 1024), name="built-in"), bytes(1024 * 1024))
        return store

    def add(self, image: Mapping[str, Any], data: bytes) -> Image:
        """Put an image in, whether its document tells the truth or not; answers its record."""
        with self._guard:
            self._documents[image["id"]] = dict(image)
            self._data[image["id"]] = data
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
                (self._folder / f"{image['id']}.data").write_bytes(data)
                self._save(dict(image))
        return image_document.read(image)

    def get(self, context: RequestContext, image_id: str) -> Image:
        """One image."""
        return image_document.read(self._document(image_id))

    def find(
        self,
        context: RequestContext,
        *,
        filters: Mapping[str, str] | None = None,
        limit: int | None = None,
        marker: str | None = None,
    ) -> list[Image]:
        """Filters by equality; bounds (min_ram, min_disk, times) as Glance understands them."""
        documents = [found for found in self._all() if _matches(found, filters or {})]
        documents.sort(key=lambda found: (found.get("created_at") or "", found["id"]), reverse=True)
        ids = [found["id"] for found in documents]
        if marker is not None and marker not in ids:
            raise BadRequest(reason=f"Marker {marker} could not be found.")
        start = ids.index(marker) + 1 if marker is not None else 0
        return [image_document.read(found) for found in documents[start : start + limit if limit else None]]

    def delete(self, context: RequestContext, image_id: str) -> None:
        """Forget it."""
        self._document(image_id)
        with self._guard:
            self._documents.pop(image_id, None)
            self._data.pop(image_id, None)
            for suffix in ("json", "data") if self._folder else ():
                assert self._folder is not None
                (self._folder / f"{image_id}.{suffix}").unlink(missing_ok=True)

    def set_properties(
        self, context: RequestContext, image_id: str, properties: Mapping[str, str], *, replace: bool = False
    ) -> Image:
        """By the same JSON patch that Glance gets."""
        with self._guard:
            found = dict(self._document(image_id))
            for change in image_document.patch(found, properties, replace=replace):
                key = change["path"][1:].replace("~1", "/").replace("~0", "~")
                found.pop(key, None)
                if change["op"] != "remove":
                    found[key] = change["value"]
            self._save(found)
        return image_document.read(found)

    def download(self, image_id: str) -> Iterator[bytes]:
        """The data in pieces."""
        self._document(image_id)
        self.downloads.append(image_id)
        if self._folder:
            path = self._folder / f"{image_id}.data"
            if not path.is_file():
                raise NotFound(what="The data of image", id=image_id)
            return _read(path)
        data = self._data[image_id]
        return (data[start : start + PIECE] for start in range(0, len(data), PIECE))

    def _all(self) -> list[dict[str, Any]]:
        self._check()
        if self._folder is None:
            return list(self._documents.values())
        return [json.loads(path.read_text()) for path in sorted(self._folder.glob("*.json"))]

    def _document(self, image_id: str) -> dict[str, Any]:
        found = next((found for found in self._all() if found["id"] == image_id), None)
        if found is None:
            raise NotFound(what="Image", id=image_id)
        return found

    def _save(self, found: dict[str, Any]) -> None:
        self._documents[found["id"]] = found
        if self._folder:
            # Other daemons read the folder at any time: they see the old document or the new one.
            half = self._folder / f".{found['id']}.json.new"
            half.write_text(json.dumps(found))
            half.rename(self._folder / f"{found['id']}.json")

    def _check(self) -> None:
        if self.away:
            raise Unavailable(service="Glance", hint="Try again later; the operator finds more in the log.")


def _matches(found: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    for key, wanted in filters.items():
        has = found.get(key)
        if key in ("min_ram", "min_disk"):
            fits = (has or 0) >= int(wanted)
        elif key in ("updated_at", "created_at"):
            fits = (has or "") >= wanted.removeprefix("gte:")
        else:
            fits = str(has) == wanted
        if not fits:
            return False
    return True


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
