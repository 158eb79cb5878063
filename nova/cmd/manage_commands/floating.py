"""nova-manage floating: public addresses."""

from __future__ import annotations

from typing import Any

from nova.cmd.manage_commands.cli import OK, Cli, category, command, every, option
from nova.contracts.cloud_network import CloudNetworks


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "floating", "Public addresses")
    parser = command(commands, "create", create, "Add public addresses to a pool")
    option(parser, "ip_range", "Range, x.x.x.x/yy", required=True, metavar="CIDR")
    option(parser, "pool", "The pool", metavar="POOL")
    option(parser, "interface", "Interface they are bound to", metavar="INTERFACE")
    parser = command(commands, "delete", delete, "Take public addresses out")
    option(parser, "ip_range", "Range, x.x.x.x/yy", required=True, metavar="CIDR")
    parser = command(commands, "list", show, "List public addresses", listing=True)
    option(parser, "host", "Only those served by this host", metavar="HOST")


def create(cli: Cli) -> int:
    """Add a range."""
    pool = cli.args.pool or cli.conf.default_floating_pool
    interface = cli.args.interface or cli.conf.public_interface
    made = cli.client(CloudNetworks).create_floating(
        cli.context, ip_range=cli.args.ip_range, pool=pool, interface=interface
    )
    cli.say(f"{len(made)} addresses are in pool {pool}.")
    return OK


def delete(cli: Cli) -> int:
    """Remove a range."""
    count = cli.client(CloudNetworks).delete_floating(cli.context, ip_range=cli.args.ip_range)
    cli.say(f"{count} addresses are removed.")
    return OK


def show(cli: Cli) -> int:
    """One line an address."""
    client = cli.client(CloudNetworks)
    found = every(
        lambda page: client.find_floating(cli.context, page=page, host=cli.args.host), lambda floating: floating.address
    )
    cli.show(
        ["Project", "Address", "Fixed Address", "Server", "Pool", "Interface"],
        [[f.project_id, f.address, f.fixed_address, f.server, f.pool, f.interface] for f in found],
    )
    return OK
