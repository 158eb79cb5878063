"""Measures a cloud that stack.sh put up with the fake driver: `python -m tests.bench.run --data DIR --network UUID`.

Every figure that is promised is taken in one run, the bare call through the broker with them: quote ratios, for
absolute figures drift with the machine and with what else it does (`others_share` says how much that was).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.bench import baseline, boots, lives, reads, verdict
from tests.bench.boots import Wish
from tests.bench.cloud import Cloud

FLAVOR = "42"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the stack's data folder")
    parser.add_argument("--network", required=True, help="uuid of a network with addresses for 1400 servers, or none")
    parser.add_argument("--quick", action="store_true", help="fewer of everything: a look, not a measurement")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--json", type=Path, help="write everything that was measured here too")
    arguments = parser.parse_args()
    cloud = Cloud(arguments.data)
    networks = "none" if arguments.network == "none" else [{"uuid": arguments.network}]
    found = measure(cloud, Wish(cloud.image(), FLAVOR, networks), quick=arguments.quick)
    made = verdict.lines(found)
    text = json.dumps({"figures": verdict.as_json(made), "measured": found}, indent=2)
    if arguments.json:
        arguments.json.write_text(text + "\n")
    sys.stdout.write((text if arguments.format == "json" else verdict.table(made)) + "\n")
    return 0


def measure(cloud: Cloud, wish: Wish, *, quick: bool) -> dict[str, Any]:
    """Everything, in an order in which nothing disturbs what comes later."""
    count, filled, times = (40, 100, 5) if quick else (300, 1000, 20)
    found: dict[str, Any] = {"began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "quick": quick}
    if boots.ids(cloud.client()):
        boots.delete(cloud)
    _say("each daemon by itself")
    found["lives"] = lives.measure(cloud)
    time.sleep(12)  # The scheduler hears of the hosts again.
    cloud.listen_to_silence()
    _say("a bare call")
    found["bare_call"] = baseline.bare_call(cloud.data / "etc/nova/nova.conf", times * 20)
    boots.boot(cloud, wish, 20)
    _say("POST /servers alone")
    found["post"] = reads.post(cloud, wish, times)
    _say(f"{count} boots")
    found["boot"] = boots.boot(cloud, wish, count)
    _say("deletes")
    found["delete"] = boots.delete(cloud)
    cloud.renew()
    _say(f"filling to {filled} servers")
    boots.fill(cloud, wish, filled)
    _say(f"reads of {filled} servers")
    found["reads"] = reads.lists(cloud, times)
    found["rate"] = reads.rate(cloud, found["reads"][0]["path"])
    _say(f"{count} boots beside them")
    found["boot_full"] = boots.boot(cloud, wish, count)
    _say("deletes of all")
    found["delete_full"] = boots.delete(cloud)
    found["rss_after_mib"] = cloud.processes.rss()
    return found


def _say(what: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {what}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
