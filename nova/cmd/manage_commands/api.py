"""nova-manage api: what can be asked over HTTP."""

from __future__ import annotations

import argparse
import json
from typing import Any

from nova.api import openstack
from nova.api.web.microversion import FIRST, LAST
from nova.api.web.openapi import document
from nova.api.web.operations import discover
from nova.cmd.manage_commands.cli import OK, Cli, category, command, option


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "api", "The HTTP API")
    parser = command(commands, "document", describe, "Print the API of a microversion as an OpenAPI document")
    option(parser, "microversion", f"2.{FIRST} to 2.{LAST} (default the latest)", type=_minor, default=LAST)


def describe(cli: Cli) -> int:
    """Print it as JSON."""
    discover(openstack)
    print(json.dumps(document(cli.args.microversion), indent=2))
    return OK


def _minor(text: str) -> int:
    major, _, minor = text.partition(".")
    if major != "2" or not minor.isascii() or not minor.isdigit() or not FIRST <= int(minor) <= LAST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a microversion from 2.{FIRST} to 2.{LAST}")
    return int(minor)
