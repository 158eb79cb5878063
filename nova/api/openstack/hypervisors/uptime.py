"""How long hosts have been up, asked of the hosts themselves."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from nova.api.web.call import Call
from nova.contracts.compute import Compute
from nova.contracts.errors import NovaError
from nova.contracts.hypervisor import Hypervisor

AT_ONCE = 16
"""Hosts asked side by side for one request."""


def of(call: Call, hypervisors: Sequence[Hypervisor]) -> list[str | None]:
    """The uptime line of each host; None for one that is down, cannot tell, or does not answer."""
    if not hypervisors:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(hypervisors))) as pool:
        return list(pool.map(lambda hypervisor: _of_one(call, hypervisor), hypervisors))


def _of_one(call: Call, hypervisor: Hypervisor) -> str | None:
    if hypervisor.state != "up":
        return None
    try:
        return call.daemon(Compute, hypervisor.service_host).uptime(call.context)
    except NovaError:
        # The list is about more than this line.
        return None
