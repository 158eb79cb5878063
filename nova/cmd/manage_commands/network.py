"""nova-manage network: the networks servers are put on."""

from __future__ import annotations

from typing import Any

from nova.cmd.manage_commands.cli import OK, Cli, Refused, category, command, every, option
from nova.contracts.cloud_network import CloudNetworks, NewNetworks
from nova.contracts.network import Network

# The last word of the option network_manager, and the kind of network it makes.
_MANAGERS = {"FlatManager": "flat", "FlatDHCPManager": "flatdhcp", "VlanManager": "vlan"}
_WANTED = (
    ("label", "Its name"),
    ("fixed_range_v4", "Range of IPv4 addresses, x.x.x.x/yy"),
    ("fixed_range_v6", "Range of IPv6 addresses"),
    ("fixed_cidr", "Part of the range that servers get addresses from"),
    ("gateway", "IPv4 gateway of the guests"),
    ("gateway_v6", "IPv6 gateway of the guests"),
    ("dhcp_server", "Address of the DHCP server, when it is not the gateway"),
    ("bridge", "Bridge on the hosts"),
    ("bridge_interface", "Interface the bridge, or the VLAN, is on"),
    ("dns1", "First name server"),
    ("dns2", "Second name server"),
    ("uuid", "Its uuid"),
    ("project_id", "The project that owns it"),
    ("allowed_start", "First address servers get"),
    ("allowed_end", "Last address servers get"),
)
_NUMBERS = (
    ("num_networks", "How many networks to cut from the range"),
    ("network_size", "How many addresses each has"),
    ("vlan", "VLAN id"),
    ("vlan_start", "First VLAN id of several"),
    ("vpn", "First port of the VPN forwarding"),
    ("priority", "Lower numbers come first on a server of several networks"),
    ("mtu", "Largest packet"),
)
_YES_OR_NO = (
    ("multi_host", "Every compute host serves it itself"),
    ("enable_dhcp", "Give addresses by DHCP"),
    ("share_address", "All hosts use the DHCP server's address"),
)


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "network", "Networks")
    parser = command(commands, "create", create, "Make networks with all their addresses")
    for name, help in _WANTED:
        option(parser, name, help, metavar=name.upper())
    for name, help in _NUMBERS:
        option(parser, name, help, type=int, metavar="NUMBER")
    for name, help in _YES_OR_NO:
        option(parser, name, help, choices=("T", "F"))
    command(commands, "list", show, "List networks", listing=True)
    parser = command(commands, "delete", delete, "Delete a network that no server is on")
    option(parser, "fixed_range", "Its IPv4 range", metavar="CIDR")
    option(parser, "uuid", "Its uuid", metavar="UUID")
    parser = command(commands, "modify", modify, "Give a network to a project or host, or take it away")
    option(parser, "fixed_range", "Its IPv4 range", required=True, metavar="CIDR")
    option(parser, "project", "The project that gets it", metavar="PROJECT")
    option(parser, "host", "The host that serves it", metavar="HOST")
    option(parser, "disassociate-project", "Take it from its project", action="store_true")
    option(parser, "disassociate-host", "Take it from its host", action="store_true")


def create(cli: Cli) -> int:
    """Make networks; what is not said comes from the settings."""
    made = cli.client(CloudNetworks).create(cli.context, wish=_wish(cli))
    for network in made:
        cli.say(f"Network {network.label} ({network.uuid}): {network.cidr or network.cidr_v6}")
    return OK


def show(cli: Cli) -> int:
    """One line a network."""
    cli.show(
        ["Id", "IPv4", "IPv6", "Start Address", "DNS1", "DNS2", "VlanID", "Project", "Host", "UUID", "Label"],
        [
            [n.id, n.cidr, n.cidr_v6, n.dhcp_start, n.dns1, n.dns2, n.vlan, n.project_id, n.host, n.uuid, n.label]
            for n in _all(cli)
        ],
    )
    return OK


def delete(cli: Cli) -> int:
    """Delete one network."""
    if not cli.args.uuid and not cli.args.fixed_range:
        raise Refused("Say --uuid or --fixed_range.")
    uuid = cli.args.uuid or _by_range(cli, cli.args.fixed_range).uuid
    cli.client(CloudNetworks).delete(cli.context, id=uuid)
    cli.say(f"Network {uuid} is deleted.")
    return OK


def modify(cli: Cli) -> int:
    """Change a network's project and host."""
    fields: dict[str, str | None] = {}
    for field, given, taken in (
        ("project_id", cli.args.project, cli.args.disassociate_project),
        ("host", cli.args.host, cli.args.disassociate_host),
    ):
        if given and taken:
            raise Refused(f"The {field} cannot be both set and taken away.")
        if given or taken:
            fields[field] = given
    if not fields:
        raise Refused("Say what to change: --project, --host, --disassociate-project or --disassociate-host.")
    network = _by_range(cli, cli.args.fixed_range)
    cli.client(CloudNetworks).modify(cli.context, id=network.uuid, fields=fields)
    cli.say(f"Network {network.uuid} is changed.")
    return OK


def _wish(cli: Cli) -> NewNetworks:
    args, conf = cli.args, cli.conf
    if not args.label:
        raise Refused("Say --label.")
    if not args.fixed_range_v4 and not args.fixed_range_v6:
        raise Refused("Say --fixed_range_v4 or --fixed_range_v6.")
    manager = _MANAGERS.get(conf.network_manager.rsplit(".", 1)[-1])
    if manager is None:
        raise Refused(f"network_manager = {conf.network_manager} is none of {', '.join(_MANAGERS)}.")
    interface = conf.vlan_interface if manager == "vlan" else conf.flat_interface
    return NewNetworks(
        label=args.label,
        manager=manager,
        cidr=args.fixed_range_v4,
        cidr_v6=args.fixed_range_v6,
        count=args.num_networks if args.num_networks is not None else conf.num_networks,
        size=args.network_size,
        gateway=args.gateway,
        gateway_v6=args.gateway_v6,
        dhcp_server=args.dhcp_server,
        bridge=args.bridge or (conf.flat_network_bridge if manager != "vlan" else None),
        bridge_interface=args.bridge_interface or interface,
        vlan=args.vlan,
        vlan_start=args.vlan_start if args.vlan_start is not None else conf.vlan_start,
        vpn_start=args.vpn if args.vpn is not None else conf.vpn_start,
        dns1=args.dns1 or (conf.flat_network_dns if manager != "vlan" else None),
        dns2=args.dns2,
        mtu=args.mtu if args.mtu is not None else conf.network_device_mtu,
        multi_host=_yes(args.multi_host, conf.multi_host),
        injected=conf.flat_injected,
        enable_dhcp=_yes(args.enable_dhcp, True),
        share_address=_yes(args.share_address, conf.share_dhcp_address),
        project_id=args.project_id,
        priority=args.priority,
        allowed_start=args.allowed_start,
        allowed_end=args.allowed_end,
        uuid=args.uuid,
        fixed_cidr=args.fixed_cidr,
    )


def _yes(said: str | None, otherwise: bool) -> bool:
    return otherwise if said is None else said == "T"


def _all(cli: Cli) -> list[Network]:
    client = cli.client(CloudNetworks)
    return list(every(lambda page: client.find(cli.context, page=page), lambda network: network.uuid))


def _by_range(cli: Cli, cidr: str) -> Network:
    for network in _all(cli):
        if cidr in (network.cidr, network.cidr_v6):
            return network
    raise Refused(f"There is no network with the range {cidr}.")
