"""nova-manage fixed: the addresses of networks."""

from __future__ import annotations

from typing import Any

from nova.cmd.manage_commands.cli import OK, Cli, category, command, every, option
from nova.contracts.cloud_network import FixedIps


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "fixed", "Addresses of networks")
    parser = command(commands, "list", show, "List addresses and who has them", listing=True)
    option(parser, "host", "Only those of servers on this host", metavar="HOST")
    for name, run, help in (
        ("reserve", reserve, "Keep an address from being given to servers"),
        ("unreserve", unreserve, "Let an address be given to servers again"),
    ):
        parser = command(commands, name, run, help)
        option(parser, "address", "The address", required=True, metavar="ADDRESS")


def show(cli: Cli) -> int:
    """One line an address."""
    client = cli.client(FixedIps)
    found = every(lambda page: client.find(cli.context, page=page, host=cli.args.host), lambda ip: ip.address)
    cli.show(
        ["Network", "Address", "Hostname", "Host", "Server", "State"],
        [[ip.network, ip.address, ip.hostname, ip.host, ip.server, _state(ip)] for ip in found],
    )
    return OK


def reserve(cli: Cli) -> int:
    """Reserve one."""
    cli.client(FixedIps).reserve(cli.context, address=cli.args.address, reserved=True)
    return OK


def unreserve(cli: Cli) -> int:
    """Free one."""
    cli.client(FixedIps).reserve(cli.context, address=cli.args.address, reserved=False)
    return OK


def _state(ip: Any) -> str:
    words = [word for word in ("allocated", "leased", "reserved") if getattr(ip, word)]
    return ", ".join(words) or "free"
