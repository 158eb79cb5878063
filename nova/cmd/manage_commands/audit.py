"""nova-manage audit: what has no owner, in the database and on the hosts."""

from __future__ import annotations

from typing import Any

from nova.cmd.manage_commands.cli import FAILED, OK, Cli, command, option
from nova.contracts.upkeep import Upkeep


def add(categories: Any) -> None:
    """Declare the command."""
    help = "Look for things without an owner; exit code 1 when there are any"
    parser = command(categories, "audit", audit, help, listing=True)
    option(parser, "host", "Look at this host only (may be repeated)", action="append", default=[], metavar="HOST")


def audit(cli: Cli) -> int:
    """Print each finding."""
    found = cli.client(Upkeep).audit(cli.context, hosts=cli.args.host)
    if found or cli.args.format == "json":
        rows = [[finding.kind, finding.where, finding.what, finding.owner, finding.hint] for finding in found]
        cli.show(["Kind", "Where", "What", "Owner", "Hint"], rows)
    else:
        cli.say("Everything has an owner.")
    return FAILED if found else OK
