"""Green or native threads: the one place that knows.

nova-api and nova-api-metadata hold thousands of mostly idle connections and run on eventlet's green threads. The RPC
daemons run on native threads, which hypervisor and database libraries written in C do not block. The environment
variable NOVA_CONCURRENCY (`eventlet` or `native`) overrides the daemon's own choice.
"""

from __future__ import annotations

import os
import warnings

GREEN = "eventlet"
NATIVE = "native"

_chosen = NATIVE


def choose(default: str) -> str:
    """Decide for this process and patch the standard library if green. Call before anything else is imported."""
    global _chosen
    wanted = os.environ.get("NOVA_CONCURRENCY", default)
    if wanted not in (GREEN, NATIVE):
        raise SystemExit(f"NOVA_CONCURRENCY must be {GREEN} or {NATIVE}, not {wanted!r}")
    if wanted == GREEN:
        _patch_once()
    _chosen = wanted
    return wanted


def chosen() -> str:
    """`eventlet` or `native`."""
    return _chosen


def patch() -> None:
    """Run this process on green threads."""
    choose(GREEN)


def _patch_once() -> None:
    with warnings.catch_warnings():
        # Eventlet and oslo announce eventlet's retirement at every import; the choice is made here, knowingly.
        warnings.simplefilter("ignore")
        import eventlet

    if not eventlet.patcher.is_monkey_patched("socket"):
        eventlet.monkey_patch()
