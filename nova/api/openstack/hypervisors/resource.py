"""Lists of hypervisors, one of them, and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova.api.openstack.hypervisors import uptime
from nova.api.openstack.hypervisors.view import BRIEF, BY_UUID_SINCE, FULL, WITHOUT_USE_SINCE, disk_used, memory_used
from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.fields import BOOLEAN, HOST, truth
from nova.api.web.ids import uuid_of
from nova.api.web.microversion import Dated
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, rule
from nova.api.web.schema import Query, repeatable
from nova.contracts.compute import Compute
from nova.contracts.errors import BadRequest, NotFound
from nova.contracts.hypervisor import Hypervisor, Hypervisors
from nova.contracts.record import Page

LIST = rule("os_compute_api:os-hypervisors:list", ADMIN, "List the hypervisors.")
LIST_DETAIL = rule("os_compute_api:os-hypervisors:list-detail", ADMIN, "List the hypervisors in full.")
STATISTICS = rule("os_compute_api:os-hypervisors:statistics", ADMIN, "See the sum over all hypervisors.")
LOOK = rule("os_compute_api:os-hypervisors:show", ADMIN, "Look at a hypervisor.")
UPTIME = rule("os_compute_api:os-hypervisors:uptime", ADMIN, "See how long a hypervisor's host is up.")
SEARCH = rule("os_compute_api:os-hypervisors:search", ADMIN, "Find hypervisors by their names.")
SERVERS = rule("os_compute_api:os-hypervisors:servers", ADMIN, "See the servers on hypervisors.")

extension("os-hypervisors", "Hypervisors", "Admin-only hypervisor administration.")
extension("os-extended-hypervisors", "ExtendedHypervisors", "Extended hypervisors support.")
extension("os-hypervisor-status", "HypervisorStatus", "Show hypervisor status.")

ROOT = "/os-hypervisors"
PAGED_SINCE = 33
QUERY = Dated(
    {
        1: repeatable({}, open_until=52),
        PAGED_SINCE: repeatable(paging.KEYS, open_until=52),
        BY_UUID_SINCE: Query(
            {**paging.KEYS, "hypervisor_hostname_pattern": {**HOST, "minLength": 1}, "with_servers": BOOLEAN},
            open_until=52,
        ),
    }
)
ONE_QUERY = Dated({1: repeatable({}, open_until=52), BY_UUID_SINCE: Query({"with_servers": BOOLEAN}, open_until=52)})


@operation("GET", ROOT, rule=LIST, query=QUERY, errors=(400, 404))
def index(call: Call) -> dict[str, Any]:
    """Hypervisors in brief."""
    hypervisors, links = _list(call)
    return {"hypervisors": BRIEF.list(call, hypervisors), **links}


@operation("GET", f"{ROOT}/detail", rule=LIST_DETAIL, query=QUERY, errors=(400, 404))
def detail(call: Call) -> dict[str, Any]:
    """Hypervisors in full."""
    hypervisors, links = _list(call)
    return {"hypervisors": _full(call, hypervisors), **links}


@operation("GET", f"{ROOT}/statistics", rule=STATISTICS, until=WITHOUT_USE_SINCE - 1, query=repeatable({}, 103))
def statistics(call: Call) -> dict[str, Any]:
    """The sum over all hypervisors that are not disabled."""
    every = [hypervisor for hypervisor in _every(call) if hypervisor.status == "enabled"]
    memory = sum(hypervisor.report.memory_mb for hypervisor in every)
    disk = sum(hypervisor.report.local_gb for hypervisor in every)
    memory_in_use = sum(memory_used(hypervisor) for hypervisor in every)
    disk_in_use = sum(disk_used(hypervisor) for hypervisor in every)
    shown = {
        "count": len(every),
        "vcpus": sum(hypervisor.report.vcpus for hypervisor in every),
        "vcpus_used": sum(hypervisor.vcpus_used for hypervisor in every),
        "memory_mb": memory,
        "memory_mb_used": memory_in_use,
        "free_ram_mb": memory - memory_in_use,
        "local_gb": disk,
        "local_gb_used": disk_in_use,
        "free_disk_gb": disk - disk_in_use,
        "disk_available_least": sum(hypervisor.report.disk_available_least or 0 for hypervisor in every),
        "running_vms": sum(hypervisor.running_vms for hypervisor in every),
        "current_workload": sum(hypervisor.current_workload for hypervisor in every),
    }
    return {"hypervisor_statistics": shown}


@operation("GET", f"{ROOT}/{{id}}", rule=LOOK, query=ONE_QUERY, errors=(400, 404))
def show(call: Call, id: str) -> dict[str, Any]:
    """One hypervisor."""
    return {"hypervisor": _full(call, [_one(call, id, with_servers=_with_servers(call))])[0]}


@operation("GET", f"{ROOT}/{{id}}/uptime", rule=UPTIME, until=WITHOUT_USE_SINCE - 1, errors=(400, 404, 501))
def show_uptime(call: Call, id: str) -> dict[str, Any]:
    """How long the host is up, in its own words."""
    hypervisor = _one(call, id)
    if hypervisor.state != "up":
        raise BadRequest(reason=f"Compute service of {hypervisor.service_host} is unavailable at this time.")
    line = call.daemon(Compute, hypervisor.service_host).uptime(call.context)
    return {"hypervisor": {**BRIEF.show(call, hypervisor), "uptime": line}}


@operation("GET", f"{ROOT}/{{id}}/search", rule=SEARCH, until=BY_UUID_SINCE - 1, errors=(404,))
def search(call: Call, id: str) -> dict[str, Any]:
    """Those with this text in their names."""
    return {"hypervisors": BRIEF.list(call, _named(call, id))}


@operation("GET", f"{ROOT}/{{id}}/servers", rule=SERVERS, until=BY_UUID_SINCE - 1, errors=(404,))
def servers(call: Call, id: str) -> dict[str, Any]:
    """Those with this text in their names, with the servers on them."""
    return {"hypervisors": BRIEF.list(call, _named(call, id, with_servers=True))}


def _list(call: Call) -> tuple[Sequence[Hypervisor], dict[str, Any]]:
    """What the query asks for, and the link to more."""
    if call.version < PAGED_SINCE:
        return _every(call), {}
    part, with_servers = call.one("hypervisor_hostname_pattern"), _with_servers(call)
    if part is not None:
        if "limit" in call.query or "marker" in call.query:
            raise BadRequest(
                reason="Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported."
            )
        return _named(call, part, with_servers=with_servers), {}
    page = paging.wanted(call)
    _check_marker(call, page.marker)

    def find(page: Page) -> Sequence[Hypervisor]:
        return call.conductor(Hypervisors).find(call.context, page=page, with_servers=with_servers)

    found = paging.fetch(page, find)
    links = paging.next_link(call, page, found, lambda last: _marker(call, last))
    return found, {"hypervisors_links": links} if links else {}


def _every(call: Call, part: str | None = None, *, with_servers: bool = False) -> list[Hypervisor]:
    def find(page: Page) -> Sequence[Hypervisor]:
        return call.conductor(Hypervisors).find(call.context, page=page, hostname_part=part, with_servers=with_servers)

    return paging.everything(call, find, lambda last: last.uuid)


def _named(call: Call, part: str, *, with_servers: bool = False) -> list[Hypervisor]:
    found = _every(call, part, with_servers=with_servers)
    if not found:
        raise NotFound(what="Hypervisor matching", id=f"'{part}'")
    return found


def _one(call: Call, id: str, *, with_servers: bool = False) -> Hypervisor:
    """By uuid since 2.53, by number before."""
    if call.version >= BY_UUID_SINCE:
        id = uuid_of(id)
    elif not _is_number(id):
        raise NotFound(what="Hypervisor with ID", id=f"'{id}'")
    return call.conductor(Hypervisors).get(call.context, id=id, with_servers=with_servers)


def _full(call: Call, hypervisors: Sequence[Hypervisor]) -> list[dict[str, Any]]:
    shown = FULL.list(call, hypervisors)
    if call.version >= WITHOUT_USE_SINCE:
        for answer, line in zip(shown, uptime.of(call, hypervisors), strict=True):
            answer["uptime"] = line
    return shown


def _with_servers(call: Call) -> bool:
    return truth(call.one("with_servers", "false"))


def _marker(call: Call, hypervisor: Hypervisor) -> str:
    return hypervisor.uuid if call.version >= BY_UUID_SINCE else str(hypervisor.id)


def _check_marker(call: Call, marker: str | None) -> None:
    """BadRequest for what is no id in this microversion; the conductor knows hypervisors by both kinds."""
    by_uuid = call.version >= BY_UUID_SINCE
    if marker is not None and (marker.isdecimal() if by_uuid else not _is_number(marker)):
        raise BadRequest(reason=f"marker [{marker[:80]}] not found")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
