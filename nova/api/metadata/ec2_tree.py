"""What is below /latest/, /2009-04-04/ and the other versions of EC2's tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nova.api.metadata.page import NothingHere, Page, listing, text
from nova.contracts.guest import Guest
from nova.contracts.metadata_document import EC2_VERSIONS, LATEST, ec2_meta_data, user_data

VERSIONS = (*EC2_VERSIONS, LATEST)


def versions() -> Page:
    """The top of the tree."""
    return listing(VERSIONS)


def page(guest: Guest, path: Sequence[str], *, domain: str, address: str) -> Page:
    """The page at `path`, whose first part is the version. NothingHere."""
    version, *below = path
    if version not in VERSIONS:
        raise NothingHere
    data = user_data(guest)
    match below:
        case []:
            return listing(["meta-data/", "user-data"] if data is not None else ["meta-data/"])
        case ["user-data"] if data is not None:
            return Page(data)
        case ["meta-data", *names]:
            return _render(_find(ec2_meta_data(guest, version, domain=domain, address=address), names))
    raise NothingHere


def _find(tree: Any, names: Sequence[str]) -> Any:
    for name in names:
        if not isinstance(tree, Mapping) or name not in tree or name.startswith("_"):
            raise NothingHere
        tree = tree[name]
    return tree


def _render(thing: Any) -> Page:
    if isinstance(thing, Mapping):
        return listing(_entry(name, thing[name]) for name in sorted(thing) if not name.startswith("_"))
    if isinstance(thing, list):
        return listing(str(one) for one in thing)
    return text(thing)


def _entry(name: str, thing: Any) -> str:
    """A folder's name ends in a slash, but a public key is listed as "0=its-name"."""
    if not isinstance(thing, Mapping):
        return name
    return str(thing.get("_name", f"{name}/"))
