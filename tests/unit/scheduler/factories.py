"""Hosts, flavors and requests for the scheduler's tests."""

from __future__ import annotations

from typing import Any

from oslo_config import cfg

from nova.base.context import RequestContext
from nova.contracts.errors import Unavailable
from nova.contracts.flavor import Flavor
from nova.contracts.hypervisor import HypervisorReport
from nova.contracts.scheduling import HostChanges, HostFacts, HostTable, PlacementRequest
from nova.scheduler.columns import Columns
from nova.scheduler.settings import OPTIONS

REPORT: dict[str, Any] = {
    "type": "QEMU",
    "version": 7002000,
    "vcpus": 8,
    "memory_mb": 8192,
    "local_gb": 100,
    "reserved_memory_mb": 512,
    "cpu_info": {"model": "Nehalem", "features": ["aes", "sse"], "topology": {"cores": 4}},
    "supported": [("x86_64", "qemu", "hvm"), ("x86_64", "kvm", "hvm"), ("i686", "qemu", "hvm")],
}


def make_host(name: str, **changes: Any) -> HostFacts:
    """A host; arguments named as in the report go there, the others into the facts."""
    number = int("".join(letter for letter in name if letter.isdigit()) or 0)
    report = REPORT | {"hostname": f"node-{name}", "host_ip": f"192.0.2.{number % 250 + 1}"}
    in_report = set(HypervisorReport.__struct_fields__) - set(HostFacts.__struct_fields__)
    report |= {key: changes.pop(key) for key in list(changes) if key in in_report}
    facts: dict[str, Any] = {
        "host": name,
        "node": f"node-{name}",
        "provider": f"provider-{name}",
        "generation": 1,
        "zone": "nova",
        "alive": True,
        "enabled": True,
        "vcpus_used": 0,
        "memory_mb_used": 0,
        "disk_gb_used": 0,
        "servers": 0,
        "io_ops": 0,
    }
    return HostFacts(report=HypervisorReport(**report), **(facts | changes))


def make_columns(*hosts: HostFacts) -> Columns:
    """The table of these hosts."""
    columns = Columns()
    columns.fill(hosts)
    return columns


def make_flavor(**changes: Any) -> Flavor:
    """A small flavor."""
    return Flavor(**({"flavorid": "1", "name": "m1.tiny", "memory_mb": 512, "vcpus": 1, "root_gb": 1} | changes))


def make_request(**changes: Any) -> PlacementRequest:
    """A request for a small server."""
    return PlacementRequest(**({"server": "server-1", "project_id": "p", "flavor": make_flavor()} | changes))


def make_conf(**filter_scheduler: Any) -> cfg.ConfigOpts:
    """Settings of the scheduler, with these of [filter_scheduler] changed."""
    conf = cfg.ConfigOpts()
    for section, options in OPTIONS.items():
        conf.register_opts(options, group=section)
    conf([], default_config_files=[])
    for name, value in filter_scheduler.items():
        conf.set_override(name, value, group="filter_scheduler")
    return conf


class FakeConductor(HostTable):
    """Answers with what the test puts in; remembers what it was asked."""

    def __init__(self, *hosts: HostFacts) -> None:
        self.asked: list[int] = []
        self.silent = False
        self.answers = [HostChanges(version=1, all=True, hosts=list(hosts))]

    def changes(self, context: RequestContext, *, since: int) -> HostChanges:
        if self.silent:
            raise Unavailable(service="nova-conductor", hint="Try again.")
        self.asked.append(since)
        if self.answers:
            return self.answers.pop(0)
        return HostChanges(version=since, all=False, hosts=[])
