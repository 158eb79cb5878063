"""nova-manage project: limits of projects and users."""

from __future__ import annotations

from typing import Any

from nova.cmd.manage_commands.cli import OK, Cli, Refused, category, command, option
from nova.contracts.quota import Quotas


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "project", "Limits of projects", aliases=["account"])
    parser = command(commands, "quota", quota, "Show a project's limits and use, or set one limit", listing=True)
    option(parser, "project", "The project's id", required=True, metavar="PROJECT")
    option(parser, "user", "A user in it", metavar="USER")
    option(parser, "key", "The limit to set, such as cores", metavar="KEY")
    option(parser, "value", "Its value; -1 or unlimited for none", metavar="VALUE")


def quota(cli: Cli) -> int:
    """Set if asked to, then show."""
    args = cli.args
    client = cli.client(Quotas)
    if (args.key is None) != (args.value is None):
        raise Refused("--key and --value go together.")
    if args.key is not None:
        client.set_limits(
            cli.context, project_id=args.project, user_id=args.user, limits={args.key: _number(args.value)}
        )
    usages = client.usages(cli.context, project_id=args.project, user_id=args.user)
    rows = [[name, "unlimited" if usage.limit == -1 else usage.limit, usage.in_use] for name, usage in usages.items()]
    cli.show(["Quota", "Limit", "In Use"], sorted(rows))
    return OK


def _number(text: str) -> int:
    if text.lower() == "unlimited":
        return -1
    try:
        return int(text)
    except ValueError as error:
        raise Refused(f"--value {text}: write a number, -1 or unlimited.") from error
