"""Puts the test guest, and any extra disk, into Glance as public images.

An image that is there with the same content stays; one that differs is replaced.
"""

import argparse
import hashlib
from pathlib import Path
from typing import Any

from connection import Service

# The guest panics with less memory.
GUEST_MIN_RAM_MB = 96
# Marks the images that this script may replace.
TAG = "devstack"


class Images:
    """The images of this script in one Glance."""

    def __init__(self, url: str) -> None:
        """Reads what is there."""
        self._glance = Service(f"{url}/v2")
        found = self._glance.get(f"/images?tag={TAG}&limit=1000")["images"]
        self._there: dict[str, dict[str, Any]] = {image["name"]: image for image in found}

    def put(self, name: str, file: Path, disk_format: str, container_format: str, **properties: Any) -> str:
        """Returns the id of an active image of this name, content and properties."""
        wanted = {"disk_format": disk_format, "container_format": container_format, **properties}
        there = self._there.get(name)
        if there and self._is_as_wanted(there, file, wanted):
            return str(there["id"])
        if there:
            self._glance.request("DELETE", f"/images/{there['id']}")
        made = self._glance.post("/images", {"name": name, "visibility": "public", "tags": [TAG], **wanted})
        with file.open("rb") as content:
            headers = {"Content-Type": "application/octet-stream"}
            self._glance.request("PUT", f"/images/{made['id']}/file", data=content, headers=headers)
        print(f"{name}: {made['id']} from {file}")
        return str(made["id"])

    @staticmethod
    def _is_as_wanted(image: dict[str, Any], file: Path, wanted: dict[str, Any]) -> bool:
        if image["status"] != "active" or any(image.get(key) != value for key, value in wanted.items()):
            return False
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, image["os_hash_algo"]).hexdigest()
        return digest == str(image["os_hash_value"])


def main() -> None:
    """Reads the arguments and puts in what they name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image-url", required=True)
    for part in ("kernel", "ramdisk", "root", "disk", "extra"):
        parser.add_argument(f"--{part}", type=Path)
    files = parser.parse_args()
    images = Images(files.image_url)
    if files.root:
        images.put(
            "test-guest",
            files.root,
            "ami",
            "ami",
            min_ram=GUEST_MIN_RAM_MB,
            kernel_id=images.put("test-guest-kernel", files.kernel, "aki", "aki"),
            ramdisk_id=images.put("test-guest-ramdisk", files.ramdisk, "ari", "ari"),
        )
    if files.disk:
        images.put("test-guest-disk", files.disk, "qcow2", "bare", min_ram=GUEST_MIN_RAM_MB)
    if files.extra:
        images.put(files.extra.stem, files.extra, "qcow2", "bare")


if __name__ == "__main__":
    main()
