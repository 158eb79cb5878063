"""How images look to Compute's clients."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.fields import truth
from nova.api.web.views import Field, View
from nova.contracts.image import Image

STATUS = {
    "queued": "SAVING",
    "saving": "SAVING",
    "uploading": "SAVING",
    "importing": "SAVING",
    "active": "ACTIVE",
    "deleted": "DELETED",
    "pending_delete": "DELETED",
    "killed": "ERROR",
}
PROGRESS = {"queued": 25, "saving": 50, "active": 100}
MEDIA_TYPE = "application/vnd.openstack.image"
DISK_CONFIG, OF_SERVER = "auto_disk_config", "instance_uuid"


def _links(image: Image, call: Call) -> list[dict[str, str]]:
    links = call.links("images", image.id)
    store = call.api.conf.osapi_glance_link_prefix or call.api.images.address()
    if store:
        links.append({"rel": "alternate", "type": MEDIA_TYPE, "href": f"{store.rstrip('/')}/images/{image.id}"})
    return links


def _server(image: Image, call: Call) -> dict[str, Any]:
    server = image.properties[OF_SERVER]
    return {"id": server, "links": call.links("servers", server)}


def _disk_config(image: Image, call: Call) -> str:
    return "AUTO" if truth(image.properties[DISK_CONFIG]) else "MANUAL"


BRIEF = View(Field("id", "id"), Field("name", "name"), Field("links", _links))
FULL = View(
    *BRIEF.fields,
    Field("created", "created_at"),
    Field("updated", "updated_at"),
    Field("status", lambda image, call: STATUS.get(image.status, "UNKNOWN")),
    Field("progress", lambda image, call: PROGRESS.get(image.status, 0)),
    Field("minDisk", "min_disk"),
    Field("minRam", "min_ram"),
    Field("metadata", "properties"),
    Field("OS-EXT-IMG-SIZE:size", lambda image, call: image.size or 0),
    Field("OS-DCF:diskConfig", _disk_config, when=lambda image: DISK_CONFIG in image.properties),
    Field("server", _server, when=lambda image: OF_SERVER in image.properties),
)
