"""How flavors look."""

from __future__ import annotations

from nova.api.web.call import Call
from nova.api.web.policy import READER, rule
from nova.api.web.views import Field, View
from nova.contracts.flavor import Flavor

SEE_SPECS = rule("os_compute_api:os-flavor-extra-specs:index", READER, "See the extra specs of flavors.")


def _links(flavor: Flavor, call: Call) -> list[dict[str, str]]:
    return call.links("flavors", flavor.flavorid)


BRIEF = View(
    Field("id", "flavorid"),
    Field("name", "name"),
    Field("links", _links),
    Field("description", "description", since=55),
)

FULL = View(
    Field("id", "flavorid"),
    Field("name", "name"),
    Field("ram", "memory_mb"),
    Field("disk", "root_gb"),
    Field("swap", lambda flavor, call: flavor.swap or "", until=74),
    Field("swap", "swap", since=75),
    Field("OS-FLV-EXT-DATA:ephemeral", "ephemeral_gb"),
    Field("OS-FLV-DISABLED:disabled", "disabled", until=101),
    Field("vcpus", "vcpus"),
    Field("os-flavor-access:is_public", "is_public"),
    Field("rxtx_factor", "rxtx_factor", until=101),
    Field("links", _links),
    Field("description", "description", since=55),
    Field("extra_specs", "extra_specs", since=61, rule=SEE_SPECS),
)
