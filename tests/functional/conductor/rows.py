"""Rows and records that the conductor's tests begin with."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, insert, select

from nova.base.context import RequestContext
from nova.conductor import host_report
from nova.conductor.db.tables import compute_nodes, instances
from nova.contracts.hypervisor import HypervisorReport


def user_context(project: str = "p1", user: str = "u1", request: str | None = None) -> RequestContext:
    """A member of a project."""
    return RequestContext(project_id=project, user_id=user, roles=["member"], request_id=request, overwrite=False)


def admin() -> RequestContext:
    """The operator."""
    return RequestContext(
        project_id="admin-project", user_id="admin-user", is_admin=True, roles=["admin"], overwrite=False
    )


def a_report(hostname: str = "node1", **facts: Any) -> HypervisorReport:
    """A host with 4 CPUs, 8 GiB and 100 GiB, nothing oversold."""
    values: dict[str, Any] = {
        "hostname": hostname,
        "type": "QEMU",
        "version": 7002000,
        "host_ip": "127.0.0.1",
        "vcpus": 4,
        "memory_mb": 8192,
        "local_gb": 100,
        "cpu_allocation_ratio": 1.0,
        "ram_allocation_ratio": 1.0,
        "reserved_memory_mb": 0,
    }
    return HypervisorReport(**(values | facts))


def add_host(database: Any, conf: Any, host: str = "host1", **facts: Any) -> str:
    """A host that reports for the first time; answers its provider."""
    report = a_report(**({"hostname": f"{host}.example"} | facts))
    database.transaction(lambda conn: host_report.write(conn, conf, host, report))
    uuid_of = select(compute_nodes.c.uuid).where(compute_nodes.c.host == host).order_by(compute_nodes.c.id.desc())
    return str(database.read(lambda conn: conn.execute(uuid_of.limit(1)).scalar_one()))


def add_server(conn: Connection, project: str = "p1", user: str = "u1", **values: Any) -> str:
    """A live server; answers its uuid."""
    uuid_text = str(uuid.uuid4())
    row = {
        "uuid": uuid_text,
        "project_id": project,
        "user_id": user,
        "vm_state": "active",
        "vcpus": 1,
        "memory_mb": 512,
    }
    conn.execute(insert(instances).values(row | values))
    return uuid_text


def all_at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all in threads that begin together; answers what each returned or raised, in order."""
    start = threading.Barrier(len(works), timeout=30)
    ends: list[Any] = [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            ends[index] = work()
        except Exception as error:
            ends[index] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends
