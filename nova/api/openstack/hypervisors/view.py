"""How hypervisors look."""

from __future__ import annotations

import json
from typing import Any

from nova.api.web.call import Call
from nova.api.web.views import Field, View
from nova.contracts.hypervisor import Hypervisor

BY_UUID_SINCE = 53
WITHOUT_USE_SINCE = 88


def memory_used(hypervisor: Hypervisor) -> int:
    """MiB that servers claim or the host keeps for itself."""
    return hypervisor.memory_mb_used + hypervisor.report.reserved_memory_mb


def disk_used(hypervisor: Hypervisor) -> int:
    """GiB that servers claim or the host keeps for itself."""
    return hypervisor.local_gb_used + hypervisor.report.reserved_disk_gb


def _servers(hypervisor: Hypervisor, call: Call) -> list[dict[str, str]]:
    return [{"name": server.name, "uuid": server.uuid} for server in hypervisor.servers or []]


def _service(hypervisor: Hypervisor, call: Call) -> dict[str, Any]:
    by_uuid = call.version >= BY_UUID_SINCE
    return {
        "id": hypervisor.service_uuid if by_uuid else hypervisor.service_id,
        "host": hypervisor.service_host,
        "disabled_reason": hypervisor.service_disabled_reason,
    }


def _in_use(name: str, value: Any) -> Field:
    return Field(name, value, until=WITHOUT_USE_SINCE - 1)


BRIEF = View(
    Field("id", "id", until=BY_UUID_SINCE - 1),
    Field("id", "uuid", since=BY_UUID_SINCE),
    Field("hypervisor_hostname", "report.hostname"),
    Field("state", "state"),
    Field("status", "status"),
    Field("servers", _servers, until=74, when=lambda hypervisor: bool(hypervisor.servers)),
    Field("servers", _servers, since=75, when=lambda hypervisor: hypervisor.servers is not None),
)

FULL = View(
    *BRIEF.fields,
    Field("hypervisor_type", "report.type"),
    Field("hypervisor_version", "report.version"),
    Field("host_ip", "report.host_ip"),
    Field("service", _service),
    Field("cpu_info", lambda hypervisor, call: json.dumps(hypervisor.report.cpu_info), until=27),
    Field("cpu_info", "report.cpu_info", since=28, until=WITHOUT_USE_SINCE - 1),
    _in_use("vcpus", "report.vcpus"),
    _in_use("vcpus_used", "vcpus_used"),
    _in_use("memory_mb", "report.memory_mb"),
    _in_use("memory_mb_used", lambda hypervisor, call: memory_used(hypervisor)),
    _in_use("free_ram_mb", lambda hypervisor, call: hypervisor.report.memory_mb - memory_used(hypervisor)),
    _in_use("local_gb", "report.local_gb"),
    _in_use("local_gb_used", lambda hypervisor, call: disk_used(hypervisor)),
    _in_use("free_disk_gb", lambda hypervisor, call: hypervisor.report.local_gb - disk_used(hypervisor)),
    _in_use("disk_available_least", "report.disk_available_least"),
    _in_use("running_vms", "running_vms"),
    _in_use("current_workload", "current_workload"),
)
