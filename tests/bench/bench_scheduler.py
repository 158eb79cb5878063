"""How long placing takes with many hosts: `python -m tests.bench.bench_scheduler [hosts] [requests]`."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

from nova.base.context import admin_context
from nova.contracts.image import Image
from nova.contracts.scheduling import HostChanges
from nova.scheduler.choosing import Ranking
from nova.scheduler.endpoint import SchedulerEndpoint
from nova.scheduler.loading import load_filters, load_weighers
from nova.scheduler.table import Table
from tests.unit.scheduler.factories import make_conf, make_flavor, make_host, make_request


def measure(hosts: int, requests: int) -> dict[str, float]:
    """Milliseconds: to fill the table, to apply a delta of a tenth of it, and to place one server (median, worst)."""
    conf, table = make_conf(), Table()
    facts = [make_host(f"host{number}", vcpus_used=number % 8, memory_mb_used=number % 4096) for number in range(hosts)]
    ranking = Ranking(load_weighers(conf), 1)
    endpoint = SchedulerEndpoint(table, lambda: None, load_filters(conf), ranking)
    filled = _timed(lambda: table.apply(HostChanges(version=1, all=True, hosts=facts), 0.0))
    delta = HostChanges(version=2, all=False, hosts=facts[: hosts // 10])
    changed = _timed(lambda: table.apply(delta, 0.0))
    request = make_request(
        flavor=make_flavor(extra_specs={"capabilities:cpu_info:features": "<in> aes"}),
        image=Image(id="image", properties={"hw_architecture": "x86_64"}),
        availability_zone="nova",
    )
    times = [_timed(lambda: endpoint.place(admin_context(), requests=[request])) for _ in range(requests)]
    return {
        "hosts": hosts,
        "fill_ms": filled,
        "delta_ms": changed,
        "place_p50_ms": statistics.median(times),
        "place_max_ms": max(times),
    }


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return round((time.perf_counter() - start) * 1000, 3)


if __name__ == "__main__":
    count, repeats = (int(word) for word in (*sys.argv[1:], "10000", "300")[:2])
    sys.stdout.write(json.dumps([measure(size, repeats) for size in (count // 10, count)], indent=2) + "\n")
