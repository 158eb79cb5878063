"""Options of networks that more than one daemon needs, said once."""

from __future__ import annotations

from oslo_config import cfg

from nova.contracts.network import Network, NetworkRef

FLAT_INTERFACE = cfg.StrOpt(
    "flat_interface",
    help="This host's card that flat networks' bridges take in, on network and compute hosts; unset: the network's own "
    "bridge_interface.",
)


def card_of(network: Network | NetworkRef, flat_interface: str | None) -> str | None:
    """The card that a flat network's bridge takes in on this host, None for none.

    What the host's settings say goes before the record: cards are not called the same everywhere. A network whose
    record names its bridge as interface stands on a bridge that the operator made.
    """
    card = flat_interface or network.bridge_interface
    return None if card == network.bridge else card
