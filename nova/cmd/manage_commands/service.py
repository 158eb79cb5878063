"""nova-manage service: which daemons there are, and whether they may take work."""

from __future__ import annotations

from typing import Any

from nova.cmd.manage_commands.cli import OK, Cli, category, command, option
from nova.contracts.service import ServiceChange, Services


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "service", "The daemons of the cloud")
    parser = command(commands, "list", show, "List daemons and whether they are alive", listing=True)
    option(parser, "host", "Only those on this host", metavar="HOST")
    option(parser, "service", "Only this daemon, such as nova-compute", metavar="BINARY")
    for name, run, help in (
        ("enable", enable, "Let a daemon take work again"),
        ("disable", disable, "Keep new work from a daemon"),
    ):
        parser = command(commands, name, run, help)
        option(parser, "host", "Its host", required=True, metavar="HOST")
        option(parser, "service", "The daemon, such as nova-compute", required=True, metavar="BINARY")
        if name == "disable":
            option(parser, "reason", "Why, for other operators", metavar="TEXT")


def show(cli: Cli) -> int:
    """One line a daemon."""
    found = cli.client(Services).find(cli.context, host=cli.args.host, binary=cli.args.service)
    cli.show(
        ["Binary", "Host", "Zone", "Status", "State", "Updated At"],
        [
            [
                service.binary,
                service.host,
                service.zone,
                "disabled" if service.disabled else "enabled",
                "up" if service.alive else "down",
                service.last_seen.isoformat(timespec="seconds") if service.last_seen else None,
            ]
            for service in found
        ],
    )
    return OK


def enable(cli: Cli) -> int:
    """Enable a daemon."""
    return _change(cli, ServiceChange(disabled=False), "enabled")


def disable(cli: Cli) -> int:
    """Disable a daemon."""
    return _change(cli, ServiceChange(disabled=True, disabled_reason=cli.args.reason), "disabled")


def _change(cli: Cli, change: ServiceChange, word: str) -> int:
    cli.client(Services).change(cli.context, change=change, host=cli.args.host, binary=cli.args.service)
    cli.say(f"{cli.args.service} on {cli.args.host} is {word}.")
    return OK
