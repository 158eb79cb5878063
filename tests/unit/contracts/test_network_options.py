"""Which card a flat network's bridge takes in."""

from __future__ import annotations

import pytest

from nova.contracts.network import NetworkRef
from nova.contracts.network_options import card_of
from nova.virt.settings import OPTIONS as VIRT


@pytest.mark.parametrize(
    ("recorded", "of_host", "card"),
    [
        ("eth1", None, "eth1"),
        (None, "eno2", "eno2"),
        ("eth1", "eno2", "eno2"),
        (None, None, None),
        ("br100", None, None),
        ("br100", "br100", None),
    ],
)
def test_a_hosts_own_card_goes_before_the_networks(recorded: str | None, of_host: str | None, card: str | None) -> None:
    network = NetworkRef(id="n", label="private", bridge="br100", bridge_interface=recorded)
    assert card_of(network, of_host) == card


def test_compute_hosts_may_name_their_card() -> None:
    assert "flat_interface" in [option.dest for option in VIRT["DEFAULT"]]
