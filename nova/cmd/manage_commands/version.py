"""nova-manage version."""

from __future__ import annotations

from typing import Any

from nova.base import settings
from nova.cmd.manage_commands.cli import OK, Cli, command


def add(categories: Any) -> None:
    """Declare the command."""
    command(categories, "version", version, "Print this release's version")


def version(cli: Cli) -> int:
    """Print it."""
    print(settings.release())
    return OK
