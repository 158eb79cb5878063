"""Reads, and single writes: how long one takes when nothing else happens, and how many statements it costs."""

from __future__ import annotations

import statistics
import time
from typing import Any

from tests.bench import boots
from tests.bench.boots import Wish
from tests.bench.client import side_by_side
from tests.bench.cloud import Cloud

SECONDS = 3.0


def get(cloud: Cloud, path: str, times: int) -> dict[str, Any]:
    """Latency of one GET after the other, and what one costs."""
    client = cloud.client()
    for _ in range(3):
        client.timed("GET", path)
    with cloud.cost() as cost:
        taken = [client.timed("GET", path) for _ in range(times)]
    each = cost.cpu_each(times)
    return {
        "path": path,
        **spread(taken),
        "cpu_each": round(sum(each.values()), 4),
        "messages_each": round(cost.messages.total() / times, 2),
        "statements_each": round(cost.statements / times, 2),
        "others_share": cost.others,
    }


def rate(cloud: Cloud, path: str, clients: int = 8, requests: int = 400) -> dict[str, Any]:
    """Requests a second by several keep-alive clients."""
    began = time.perf_counter()
    outcome = side_by_side(cloud.login, clients, range(requests), lambda client, _: client.call("GET", path))
    return {"path": path, "clients": clients, "per_second": round(requests / (time.perf_counter() - began), 1)} | (
        {"refused": outcome.refused[:3]} if outcome.refused else {}
    )


def post(cloud: Cloud, wish: Wish, times: int) -> dict[str, Any]:
    """Latency of POST /servers, each sent when the server before is ACTIVE."""
    client = cloud.client()
    answered, active = [], []
    for number in range(times):
        began = time.perf_counter()
        made = client.json("POST", "/servers", wish.body(f"alone-{number}"))
        answered.append((time.perf_counter() - began) * 1000)
        server = made["server"]["id"]
        while client.json("GET", f"/servers/{server}")["server"]["status"] == "BUILD":
            time.sleep(0.02)
        active.append((time.perf_counter() - began) * 1000)
    return {**spread(answered), "until_active_p50_ms": round(statistics.median(active), 1)}


def spread(milliseconds: list[float]) -> dict[str, Any]:
    """Median, nine tenths and least of some times."""
    ordered = sorted(milliseconds)
    return {
        "count": len(ordered),
        "p50_ms": round(statistics.median(ordered), 2),
        "p90_ms": round(ordered[int(len(ordered) * 0.9)], 2),
        "min_ms": round(ordered[0], 2),
    }


def lists(cloud: Cloud, times: int) -> list[dict[str, Any]]:
    """The reads that clients do most, of all servers that are there."""
    some = boots.ids(cloud.client())
    paths = ["/flavors", "/servers?limit=1000", "/servers/detail?limit=1000"]
    found = [get(cloud, f"/servers/{some[len(some) // 2]}", times * 5)] if some else []
    return [*found, *(get(cloud, path, times) for path in paths)]
