"""Images, as the API found them in Glance with the caller's own rights."""

from __future__ import annotations

from nova.contracts.record import Record


class Image(Record, frozen=True, kw_only=True):
    """What a boot must know of an image. `min_disk` GiB, `min_ram` MiB, `size` bytes.

    `checksum` is md5 hex; `hash_value` with `hash_algo` is preferred where given. Times are Glance's own text
    (2026-01-31T12:00:00Z).
    """

    id: str
    name: str | None = None
    status: str = "active"
    disk_format: str | None = None
    container_format: str | None = None
    size: int | None = None
    virtual_size: int | None = None
    min_disk: int = 0
    min_ram: int = 0
    checksum: str | None = None
    hash_algo: str | None = None
    hash_value: str | None = None
    properties: dict[str, str] = {}
    created_at: str | None = None
    updated_at: str | None = None
    owner: str | None = None


class BootImages(Record, frozen=True, kw_only=True):
    """What a server was booted from; `kernel` and `ramdisk` for images that the host's direct kernel boot starts."""

    image: Image | None = None
    kernel: Image | None = None
    ramdisk: Image | None = None


def property_of(image: Image | None, name: str) -> str | None:
    """A property of an image; None where it has none, or where there is no image."""
    return image.properties.get(name) if image else None
