"""Switches of the kernel under /proc/sys."""

from __future__ import annotations

from pathlib import Path

from nova.base.privileged import entrypoint

ROOT = Path("/proc/sys")


@entrypoint
def ensure(name: str, value: str) -> bool:
    """Set a switch, named as in net/ipv4/ip_forward, unless it is so already; False when the kernel has none such."""
    path = ROOT / name
    try:
        if path.read_text().strip() != value:
            path.write_text(value)
    except FileNotFoundError:
        return False
    return True
