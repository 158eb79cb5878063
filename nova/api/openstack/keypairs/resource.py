"""The key pairs of users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova.api.openstack.keypairs import material
from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.fields import Part, dated, wrapped
from nova.api.web.microversion import LAST, Dated
from nova.api.web.operations import extension, operation
from nova.api.web.policy import Rule, rule
from nova.api.web.schema import Schema, repeatable
from nova.api.web.views import Field, View, long_stamp
from nova.contracts.keypair import KeyPair, KeyPairs
from nova.contracts.record import Page

OWN = "(rule:context_is_admin) or user_id:%(user_id)s"
LIST = rule("os_compute_api:os-keypairs:index", OWN, "List a user's key pairs.")
LOOK = rule("os_compute_api:os-keypairs:show", OWN, "Look at a user's key pair.")
CREATE = rule("os_compute_api:os-keypairs:create", OWN, "Make or bring a key pair for a user.")
DELETE = rule("os_compute_api:os-keypairs:delete", OWN, "Delete a user's key pair.")

extension("os-keypairs", "Keypairs", "Keypair Support.")

OTHERS_SINCE = 10
PAGED_SINCE = 35
USER: dict[str, Schema] = {"user_id": paging.TEXT}
OF_USER = Dated({1: repeatable({}, 74), OTHERS_SINCE: repeatable(USER, 74)})
PAGES = Dated({**OF_USER.values, PAGED_SINCE: repeatable({**USER, **paging.KEYS}, 74)})


def _name(letters: str) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": 255, "format": "name", "pattern": f"^[{letters}]+\\Z"}


KEY: Schema = {"type": "string"}
NEW = dated(
    Part("name", _name(r"_\- a-zA-Z0-9"), until=91, required=True),
    Part("name", _name(r"_\-\@\. a-zA-Z0-9"), since=92, required=True),
    Part("public_key", KEY, until=91),
    Part("public_key", KEY, since=92, required=True),
    Part("type", {"type": "string", "enum": [material.SSH, material.X509]}, since=2, until=LAST),
    Part("user_id", {"type": "string", "maxLength": 255}, since=OTHERS_SINCE),
    wrap=lambda keypair: wrapped("keypair", keypair),
)

FIELDS = (
    Field("name", "name"),
    Field("public_key", "public_key"),
    Field("fingerprint", "fingerprint"),
    Field("type", "type", since=2),
)
LISTED = View(*FIELDS)
MADE = View(*FIELDS, Field("user_id", "user_id"))
FULL = View(
    *MADE.fields,
    Field("id", "id"),
    Field("deleted", lambda keypair, call: False),
    Field("deleted_at", lambda keypair, call: None),
    Field("created_at", lambda keypair, call: long_stamp(keypair.created_at)),
    Field("updated_at", lambda keypair, call: long_stamp(keypair.updated_at)),
)


@operation("GET", "/os-keypairs", rule=LIST, query=PAGES, errors=(400,))
def index(call: Call) -> dict[str, Any]:
    """A user's key pairs, by name."""
    user_id = _user(call, LIST)

    def find(page: Page) -> Sequence[KeyPair]:
        return call.conductor(KeyPairs).find(call.context, user_id=user_id, page=page)

    links: list[dict[str, str]] = []
    if call.version < PAGED_SINCE:
        keypairs: Sequence[KeyPair] = paging.everything(call, find, lambda keypair: keypair.name)
    else:
        page = paging.wanted(call)
        keypairs = paging.fetch(page, find)
        links = paging.next_link(call, page, keypairs, lambda keypair: keypair.name)
    shown = [{"keypair": keypair} for keypair in LISTED.list(call, keypairs)]
    return {"keypairs": shown, **({"keypairs_links": links} if links else {})}


@operation("GET", "/os-keypairs/{id}", rule=LOOK, query=OF_USER, errors=(404,))
def show(call: Call, id: str) -> dict[str, Any]:
    """One of a user's."""
    keypair = call.conductor(KeyPairs).get(call.context, user_id=_user(call, LOOK), name=id)
    return {"keypair": FULL.show(call, keypair)}


@operation("POST", "/os-keypairs", rule=CREATE, body=NEW, status=Dated({1: 200, 2: 201}), errors=(400, 403, 409))
def create(call: Call) -> dict[str, Any]:
    """A new key, whose private half is in this answer and nowhere else; or one that the user brings."""
    given = call.body["keypair"]
    user_id = given.get("user_id") or str(call.context.user_id)
    _check(call, CREATE, user_id)
    kind = given.get("type", material.SSH)
    brought = given.get("public_key")
    key = material.make(kind, user_id) if brought is None else material.brought(kind, brought)
    wanted = KeyPair(
        user_id=user_id,
        name=given["name"].strip(),
        type=kind,
        public_key=key.public_key,
        fingerprint=key.fingerprint,
    )
    shown = MADE.show(call, call.conductor(KeyPairs).create(call.context, keypair=wanted))
    return {"keypair": {**shown, **({"private_key": key.private_key} if key.private_key else {})}}


@operation("DELETE", "/os-keypairs/{id}", rule=DELETE, query=OF_USER, status=Dated({1: 202, 2: 204}), errors=(404,))
def delete(call: Call, id: str) -> None:
    """One of a user's less."""
    call.conductor(KeyPairs).delete(call.context, user_id=_user(call, DELETE), name=id)


def _user(call: Call, of: Rule) -> str:
    """The user whose keys are meant: the caller, or whom the query names where it may."""
    named = call.one("user_id") if call.version >= OTHERS_SINCE else None
    user_id = named or str(call.context.user_id)
    _check(call, of, user_id)
    return user_id


def _check(call: Call, of: Rule, user_id: str) -> None:
    call.check(of, {"user_id": user_id, "project_id": call.context.project_id})
