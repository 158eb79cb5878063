"""What dnsmasq's script does: tell the conductor of leases, and dnsmasq of those it should know at its start.

dnsmasq starts this for every event and waits for it: nothing is imported before it is known to be needed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nova.contracts.network_agent import NetworkPlans

USAGE = "usage: nova-dhcpbridge init | add MAC ADDRESS [NAME] | del MAC ADDRESS [NAME] | old MAC ADDRESS [NAME]"

PlansOf = Callable[[Sequence[str]], "AbstractContextManager[tuple[NetworkPlans, str, int]]"]
"""From configuration files to: the conductor, this host's name, seconds a lease lasts; for the length of a block."""


class Misused(Exception):
    """The arguments or the environment make no sense; the text says what is wrong."""


def act(argv: Sequence[str], environment: Mapping[str, str], plans_of: PlansOf, say: Callable[[str], None]) -> None:
    """Do what dnsmasq asks; `argv` without the program's name. Raises Misused, and what the conductor raises."""
    action = argv[0] if argv else ""
    if action == "old":
        return
    if action == "init":
        _init(environment, plans_of, say)
    elif action in ("add", "del") and len(argv) >= 3:
        _tell(action, argv[1], argv[2], environment, plans_of)
    else:
        raise Misused(USAGE)


def _init(environment: Mapping[str, str], plans_of: PlansOf, say: Callable[[str], None]) -> None:
    network_id = environment.get("NETWORK_ID", "")
    if not network_id.isdigit():
        raise Misused("NETWORK_ID in the environment must name the network")
    from nova.base.context import admin_context
    from nova.network.linux import dhcptext

    with plans_of(_config_files(environment)) as (plans, host, lease_time):
        leases = plans.leases(admin_context(), host=host, network_id=int(network_id))
    expiry = int(time.time()) + lease_time
    for line in leases:
        say(dhcptext.lease(line, expiry))


def _tell(action: str, mac: str, address: str, environment: Mapping[str, str], plans_of: PlansOf) -> None:
    from nova.base.context import admin_context

    with plans_of(_config_files(environment)) as (plans, host, _):
        tell = plans.leased if action == "add" else plans.released
        tell(admin_context(), host=host, mac=mac, address=address)


def _config_files(environment: Mapping[str, str]) -> list[str]:
    try:
        files = json.loads(environment.get("CONFIG_FILE", "[]"))
    except ValueError as error:
        raise Misused("CONFIG_FILE in the environment must be a JSON list of paths") from error
    if not isinstance(files, list) or not all(isinstance(name, str) for name in files):
        raise Misused("CONFIG_FILE in the environment must be a JSON list of paths")
    return files
