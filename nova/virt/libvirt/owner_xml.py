"""Who a domain belongs to, written into its definition."""

from __future__ import annotations

import datetime

from nova.contracts.guest import Guest
from nova.virt.libvirt import xml
from nova.virt.libvirt.xml import Element, element

NAMESPACE = "http://openstack.org/xmlns/libvirt/nova/1.1"
PREFIX = "nova"
xml.register(PREFIX, NAMESPACE)


def owner(guest: Guest, version: str) -> Element:
    """The metadata element: name, flavor, owner, image. The domain's own uuid and name are the server's."""
    flavor = guest.flavor
    sizes = {
        "memory": flavor.memory_mb,
        "disk": flavor.root_gb,
        "swap": flavor.swap,
        "ephemeral": flavor.ephemeral_gb,
        "vcpus": flavor.vcpus,
    }
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    return element(
        "metadata",
        _ours(
            "instance",
            _ours("package", version=version),
            _ours("name", guest.display_name),
            _ours("creationTime", guest.created_at or now),
            _ours("flavor", *(_ours(key, str(value)) for key, value in sizes.items()), name=flavor.name),
            _ours(
                "owner",
                _ours("user", guest.user_name or guest.user_id, uuid=guest.user_id),
                _ours("project", guest.project_name or guest.project_id, uuid=guest.project_id),
            ),
            _ours("root", type="image", uuid=guest.image.id) if guest.image else None,
        ),
    )


def _ours(tag: str, *children: Element | str | None, **attributes: object) -> Element:
    return element(f"{{{NAMESPACE}}}{tag}", *children, **attributes)
