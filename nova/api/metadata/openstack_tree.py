"""What is below /openstack/."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nova.api.metadata.page import NothingHere, Page, document, listing, text
from nova.contracts import metadata_document as documents
from nova.contracts.guest import Guest

VERSIONS = (*documents.OPENSTACK_VERSIONS, documents.LATEST)
PASSWORD = "password"
VendorData = Callable[[], Mapping[str, Any]]


def versions() -> Page:
    """The top of the tree."""
    return listing(VERSIONS)


def page(guest: Guest, path: Sequence[str], *, domain: str, vendor_data: VendorData) -> Page:
    """The page at `path`, whose first part is the version. NothingHere."""
    match path:
        case ["content", name]:
            return _content(guest, name)
        case [version] if version in VERSIONS:
            return listing(_files(guest, version))
        case [version, name] if version in VERSIONS and name in _files(guest, version):
            return _file(guest, version, name, domain, vendor_data)
    raise NothingHere


def _files(guest: Guest, version: str) -> list[str]:
    return documents.openstack_files(version, has_user_data=documents.user_data(guest) is not None)


def _content(guest: Guest, name: str) -> Page:
    contents = documents.contents(guest)
    if name not in contents:
        raise NothingHere
    return Page(contents[name])


def _file(guest: Guest, version: str, name: str, domain: str, vendor_data: VendorData) -> Page:
    match name:
        case "meta_data.json":
            seed = secrets.token_bytes(documents.RANDOM_SEED_BYTES)
            return document(documents.meta_data(guest, version, domain=domain, random_seed=seed))
        case "network_data.json":
            return document(documents.network_data(guest))
        case "vendor_data.json":
            return document(vendor_data())
        case "vendor_data2.json":
            return document(documents.vendor_data2(vendor_data()))
        case "user_data":
            return Page(documents.user_data(guest) or b"")
        case _:
            return text(guest.sealed_password or "")
