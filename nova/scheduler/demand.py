"""What a flavor takes from a host, in the units of the claims."""

from __future__ import annotations

from nova.contracts.flavor import Flavor


def disk_gb(flavor: Flavor) -> int:
    """Root, ephemeral and swap in GiB; a part of one counts whole."""
    return flavor.root_gb + flavor.ephemeral_gb + -(-flavor.swap // 1024)
