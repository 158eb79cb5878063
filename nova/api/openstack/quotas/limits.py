"""/limits: what a project may have, and has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, ANY, rule
from nova.api.web.schema import repeatable
from nova.api.web.views import Field, View
from nova.contracts.quota import Quotas, Usage

LOOK = rule("os_compute_api:limits", ANY, "See the limits of one's project.")
OTHERS = rule("os_compute_api:limits:other_project", ADMIN, "See the limits of another project.")

extension("os-used-limits", "UsedLimits", "Provide data on limited resource that are being used.")
extension(
    "os-used-limits-for-admin",
    "UsedLimitsForAdmin",
    "Provide data to admin on limited resources used by other tenants.",
)

QUERY = repeatable({"tenant_id": paging.TEXT}, open_until=74)

Usages = dict[str, Usage]


def _limit(name: str) -> Callable[[Usages, Call], int]:
    return lambda usages, call: usages[name].limit


def _used(name: str) -> Callable[[Usages, Call], int]:
    # Older clients ask with reserved=1 for what tasks hold, too; what they hold is counted as used from the start.
    return lambda usages, call: usages[name].in_use + usages[name].reserved


ABSOLUTE = View(
    Field("maxServerMeta", _limit("metadata_items")),
    Field("maxImageMeta", _limit("metadata_items"), until=38),
    Field("maxPersonality", _limit("injected_files"), until=56),
    Field("maxPersonalitySize", _limit("injected_file_content_bytes"), until=56),
    Field("maxTotalInstances", _limit("instances")),
    Field("maxTotalCores", _limit("cores")),
    Field("maxTotalRAMSize", _limit("ram")),
    Field("maxTotalKeypairs", _limit("key_pairs")),
    Field("maxTotalFloatingIps", _limit("floating_ips"), until=35),
    Field("maxSecurityGroups", _limit("security_groups"), until=35),
    Field("maxSecurityGroupRules", _limit("security_group_rules"), until=35),
    Field("maxServerGroups", _limit("server_groups")),
    Field("maxServerGroupMembers", _limit("server_group_members")),
    Field("totalInstancesUsed", _used("instances")),
    Field("totalCoresUsed", _used("cores")),
    Field("totalRAMUsed", _used("ram")),
    Field("totalFloatingIpsUsed", _used("floating_ips"), until=35),
    Field("totalSecurityGroupsUsed", _used("security_groups"), until=35),
    Field("totalServerGroupsUsed", _used("server_groups")),
)


@operation("GET", "/limits", rule=LOOK, query=QUERY)
def index(call: Call) -> dict[str, Any]:
    """The limits and the use of the caller's project, or of another's. Requests themselves are not limited here."""
    project_id = call.one("tenant_id") or str(call.context.project_id)
    if project_id != call.context.project_id:
        call.check(OTHERS, {"project_id": project_id})
    usages = call.conductor(Quotas).usages(call.context, project_id=project_id)
    return {"limits": {"rate": [], "absolute": ABSOLUTE.show(call, usages)}}
