"""nova-manage host: the machines of the cloud."""

from __future__ import annotations

from typing import Any

from nova.cmd.manage_commands.cli import OK, Cli, category, command
from nova.contracts.service import Services


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "host", "The machines of the cloud")
    parser = command(commands, "list", show, "List hosts with their zones", listing=True)
    parser.add_argument("zone", nargs="?", help="Only those in this zone")


def show(cli: Cli) -> int:
    """One line a host and zone."""
    found = {(service.host, service.zone) for service in cli.client(Services).find(cli.context)}
    cli.show(["Host", "Zone"], sorted(pair for pair in found if cli.args.zone in (None, pair[1])))
    return OK
