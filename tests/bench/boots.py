"""Boots and deletes: how many a second, and what one costs."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import Any

from tests.bench.client import Client, Refused, side_by_side
from tests.bench.cloud import Cloud, Cost

CLIENTS = 8
PAUSE = 0.25
"""Seconds between two looks whether all is done: watching is to cost little."""
PATIENCE = 300.0
PAGE = 1000


@dataclass(frozen=True)
class Wish:
    """What each server is made of; `networks` as the API takes it."""

    image: str
    flavor: str
    networks: Any

    def body(self, name: str, count: int = 1) -> dict[str, Any]:
        """A request for so many of them."""
        server = {"name": name, "imageRef": self.image, "flavorRef": self.flavor, "networks": self.networks}
        more = {"min_count": count, "max_count": count} if count > 1 else {}
        return {"server": {**server, **more}}


def boot(cloud: Cloud, wish: Wish, count: int) -> dict[str, Any]:
    """Ask for servers one by one, from several clients, and wait until all are ACTIVE."""
    before = len(ids(cloud.client()))
    with cloud.cost() as cost:
        asked = time.perf_counter()
        outcome = side_by_side(
            cloud.login,
            CLIENTS,
            range(count),
            lambda client, number: client.call("POST", "/servers", wish.body(f"bench-{number}")),
        )
        answered = time.perf_counter() - asked
        _wait_until_built(cloud.client())
    failed = len(ids(cloud.client(), "ERROR"))
    return {
        **_figures(cost, count),
        "there_before": before,
        "refused": outcome.refused[:3],
        "failed": failed,
        "answered_seconds": round(answered, 2),
        "post_p50_ms": round(statistics.median(outcome.latencies), 1),
    }


def delete(cloud: Cloud, count: int | None = None) -> dict[str, Any]:
    """Delete the newest so many servers, all by default, from several clients, and wait until they are gone."""
    there = ids(cloud.client())
    doomed = there[:count] if count else there
    with cloud.cost() as cost:
        outcome = side_by_side(
            cloud.login, CLIENTS, doomed, lambda client, server: client.call("DELETE", f"/servers/{server}")
        )
        _wait_until_left(cloud.client(), len(there) - len(doomed))
    return {**_figures(cost, len(doomed)), "refused": outcome.refused[:3]}


def fill(cloud: Cloud, wish: Wish, wanted: int) -> None:
    """Boot by hundreds until so many servers are there."""
    client = cloud.client()
    while (there := len(ids(client))) < wanted:
        client.json("POST", "/servers", wish.body(f"fill-{there}", min(100, wanted - there)))
        _wait_until_built(client)


def ids(client: Client, status: str | None = None) -> list[str]:
    """All servers, the newest first."""
    found: list[str] = []
    where = f"&status={status}" if status else ""
    while True:
        marker = f"&marker={found[-1]}" if found else ""
        page = client.json("GET", f"/servers?limit={PAGE}{where}{marker}")["servers"]
        found.extend(server["id"] for server in page)
        if len(page) < PAGE:
            return found


def _figures(cost: Cost, count: int) -> dict[str, Any]:
    each = cost.cpu_each(count)
    return {
        "count": count,
        "seconds": round(cost.seconds, 2),
        "per_second": round(count / cost.seconds, 2),
        "cpu_each": round(sum(each.values()), 4),
        "cpu_each_by_process": each,
        "messages_each": round(cost.messages.total() / count, 2),
        "messages_each_by_method": {name: round(n / count, 2) for name, n in cost.messages.most_common()},
        "statements_each": round(cost.statements / count, 1),
        "others_share": cost.others,
    }


def _wait_until_built(client: Client) -> None:
    until = time.monotonic() + PATIENCE
    while client.json("GET", "/servers?status=BUILD&limit=1")["servers"]:
        if time.monotonic() > until:
            raise Refused("servers stay in BUILD")
        time.sleep(PAUSE)


def _wait_until_left(client: Client, wanted: int) -> None:
    until = time.monotonic() + PATIENCE
    while len(client.json("GET", f"/servers?limit={max(1, min(PAGE, wanted + 1))}")["servers"]) > wanted:
        if time.monotonic() > until:
            raise Refused("servers do not go away")
        time.sleep(PAUSE)
