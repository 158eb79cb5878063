"""What a user reads when no host takes the server."""

from __future__ import annotations

import pytest

from nova.conductor.tasks.boot import why_none
from nova.contracts.scheduling import Placement

WHY = {"RetryFilter": "tried before without success", "RamFilter": "without enough free memory"}


@pytest.mark.parametrize(
    ("filtered", "words"),
    [
        (
            [("all hosts", 3), ("RetryFilter", 2), ("ComputeFilter", 2), ("RamFilter", 0)],
            "None of the 3 hosts can take the server: 1 tried before without success (RetryFilter), "
            "2 without enough free memory (RamFilter).",
        ),
        (
            [("all hosts", 1), ("RamFilter", 0)],
            "The only host cannot take the server: without enough free memory (RamFilter).",
        ),
        (
            [("all hosts", 2), ("OutOfTreeFilter", 0)],
            "None of the 2 hosts can take the server: 2 refused (OutOfTreeFilter).",
        ),
        ([("all hosts", 0)], "There is no compute host; check that nova-compute runs and reaches the broker."),
    ],
)
def test_how_many_hosts_each_filter_removed(filtered: list[tuple[str, int]], words: str) -> None:
    assert why_none(Placement(choices=[], filtered=filtered, why=WHY)) == words
