"""/os-quota-sets/{id}: the limits of a project, or of one user in it. The id is the project's."""

from __future__ import annotations

from typing import Any

from nova.api.openstack.quotas.resources import Words, read
from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.fields import BOOLEAN, Part, truth
from nova.api.web.microversion import LAST
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, ANY, READER, Rule, rule
from nova.api.web.schema import repeatable
from nova.contracts.quota import Quotas, Usage

LOOK = rule("os_compute_api:os-quota-sets:show", READER, "See the limits of a project.")
DETAIL = rule("os_compute_api:os-quota-sets:detail", READER, "See the limits and the use of a project.")
DEFAULTS = rule("os_compute_api:os-quota-sets:defaults", ANY, "See the limits of projects without their own.")
UPDATE = rule("os_compute_api:os-quota-sets:update", ADMIN, "Set the limits of a project.")
DELETE = rule("os_compute_api:os-quota-sets:delete", ADMIN, "Set a project back to the default limits.")

extension("os-quota-sets", "Quotas", "Quotas management support.")
extension(
    "os-extended-quotas", "ExtendedQuotas", "Adds ability for admins to delete quota and optionally force the update."
)
extension("os-user-quotas", "UserQuotas", "Project user quota support.")
extension("os-server-group-quotas", "ServerGroupQuotas", "Adds quota support to server groups.")

ONE = "/os-quota-sets/{id}"
WORDS = Words(network_until=35)
OF_USER = repeatable({"user_id": paging.TEXT}, open_until=74)


@operation("GET", ONE, rule=LOOK, query=OF_USER, errors=(400,))
def show(call: Call, id: str) -> dict[str, Any]:
    """The limits in force."""
    return {"quota_set": {"id": id, **_limits(call, _usages(call, LOOK, id))}}


@operation("GET", f"{ONE}/detail", rule=DETAIL, query=OF_USER, errors=(400,))
def detail(call: Call, id: str) -> dict[str, Any]:
    """The limits in force, and what is used of them."""
    usages = _usages(call, DETAIL, id)
    shown = {
        name: {"limit": usages[name].limit, "in_use": usages[name].in_use, "reserved": usages[name].reserved}
        for name in WORDS.shown(call.version)
    }
    return {"quota_set": {"id": id, **shown}}


@operation("GET", f"{ONE}/defaults", rule=DEFAULTS, query=repeatable({}, open_until=LAST), errors=(400,))
def defaults(call: Call, id: str) -> dict[str, Any]:
    """The limits of a project that has none of its own."""
    limits = call.conductor(Quotas).defaults(call.context)
    return {"quota_set": {"id": id, **{name: limits[name] for name in WORDS.shown(call.version)}}}


@operation("PUT", ONE, rule=UPDATE, query=OF_USER, body=WORDS.body("quota_set", Part("force", BOOLEAN)), errors=(400,))
def update(call: Call, id: str) -> dict[str, Any]:
    """Set some limits; `force` sets them below what is used, too."""
    given = dict(call.body["quota_set"])
    force = truth(given.pop("force", False))
    call.check(UPDATE, {"project_id": id})
    usages = call.conductor(Quotas).set_limits(
        call.context, project_id=id, user_id=_user(call), limits=read("quota_set", given), force=force
    )
    return {"quota_set": _limits(call, usages)}


@operation("DELETE", ONE, rule=DELETE, query=OF_USER, status=202)
def delete(call: Call, id: str) -> None:
    """Back to the defaults."""
    call.check(DELETE, {"project_id": id})
    call.conductor(Quotas).delete_limits(call.context, project_id=id, user_id=_user(call))


def _usages(call: Call, of: Rule, project_id: str) -> dict[str, Usage]:
    call.check(of, {"project_id": project_id})
    return call.conductor(Quotas).usages(call.context, project_id=project_id, user_id=_user(call))


def _user(call: Call) -> str | None:
    return call.one("user_id") or None


def _limits(call: Call, usages: dict[str, Usage]) -> dict[str, int]:
    return {name: usages[name].limit for name in WORDS.shown(call.version)}
