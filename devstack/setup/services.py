"""Waits until every daemon of the cloud has reported that it is up."""

import argparse
from collections import Counter

from connection import Service, compute, wait_for

EXPECTED = ("nova-conductor", "nova-scheduler", "nova-network", "nova-consoleauth")


def missing(nova: Service, computes: int) -> list[str]:
    """Returns the binaries that have not reported, as often as they are missing."""
    listed = nova.get("/os-services")["services"]
    up = Counter(service["binary"] for service in listed if service["state"] == "up")
    wanted = Counter(EXPECTED) + Counter({"nova-compute": computes})
    return sorted((wanted - up).elements())


def main() -> None:
    """Reads the arguments and waits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compute-url", required=True)
    parser.add_argument("--computes", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    nova = compute(arguments.compute_url)
    state: dict[str, list[str]] = {}

    def all_up() -> bool:
        state["missing"] = missing(nova, arguments.computes)
        if state["missing"]:
            print(f"waiting for {', '.join(state['missing'])}", flush=True)
        return not state["missing"]

    wait_for("all services", arguments.seconds, all_up)


if __name__ == "__main__":
    main()
