"""Who asks, carried with every request and every message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oslo_context import context as oslo_context

WIRE_KEYS = (
    "request_id",
    "global_request_id",
    "user_id",
    "user_name",
    "user_domain_id",
    "project_id",
    "project_name",
    "project_domain_id",
    "system_scope",
    "roles",
    "is_admin",
)

LONGEST = 255
"""Characters of a word of the wire that are kept."""


class RequestContext(oslo_context.RequestContext):
    """The caller's request id, user, project, roles and token scope.

    The token itself stays in the process that received it: it is never put on a message nor logged.
    """

    def to_wire(self) -> dict[str, Any]:
        """What other daemons learn about the caller; no secret is in it."""
        return {key: getattr(self, key) for key in WIRE_KEYS}

    @classmethod
    def from_wire(cls, values: Mapping[str, Any]) -> RequestContext:
        """The context as another daemon sent it; keys it does not know are left out.

        Much of it stands in every line of the log: what would break out of a line, or fill it, is taken out.
        """
        known: dict[str, Any] = {key: _plain(values[key]) for key in WIRE_KEYS if key in values}
        if "roles" in values:
            roles = values["roles"]
            known["roles"] = [_plain(role) or "" for role in roles] if isinstance(roles, list) else []
        if "is_admin" in values:
            known["is_admin"] = values["is_admin"] is True
        return cls(overwrite=True, **known)

    def elevated(self) -> RequestContext:
        """The same caller with an administrator's rights, for what a policy rule has allowed him."""
        return RequestContext.from_wire({**self.to_wire(), "is_admin": True})


def _plain(word: object) -> str | None:
    """A word of one line; None for anything else."""
    if not isinstance(word, str):
        return None
    word = word[:LONGEST]
    return word if word.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in word)


def admin_context(request_id: str | None = None) -> RequestContext:
    """The context of the cloud itself: periodic work, start-up, `nova-manage`."""
    return RequestContext(is_admin=True, roles=["admin"], request_id=request_id, overwrite=False)
