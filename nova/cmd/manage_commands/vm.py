"""nova-manage vm: servers, whosever they are."""

from __future__ import annotations

from typing import Any

from nova.cmd.manage_commands.cli import OK, Cli, category, command, every, option
from nova.contracts.server import ServerFilter, Servers


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "vm", "Servers")
    parser = command(commands, "list", show, "List the servers of all projects", listing=True)
    option(parser, "host", "Only those on this host", metavar="HOST")


def show(cli: Cli) -> int:
    """One line a server."""
    filters = ServerFilter(all_projects=True, equals={"host": [cli.args.host]} if cli.args.host else {})
    client = cli.client(Servers)
    found = every(lambda page: client.find(cli.context, filters=filters, page=page), lambda server: server.uuid)
    cli.show(
        ["Server", "Name", "Host", "Node", "Type", "State", "Task", "Launched", "Image", "Project", "User", "Zone"],
        [
            [
                server.uuid,
                server.name,
                server.host,
                server.node,
                server.flavor.name,
                server.vm_state,
                server.task_state,
                server.launched_at.isoformat(timespec="seconds") if server.launched_at else None,
                server.image_id,
                server.project_id,
                server.user_id,
                server.availability_zone,
            ]
            for server in found
        ],
    )
    return OK
