"""Networks, addresses and interfaces, as records."""

from __future__ import annotations

from nova.contracts.record import Record


class Subnet(Record, frozen=True, kw_only=True):
    """One range of a network, with what a guest on it must know. Addresses are text."""

    cidr: str
    version: int = 4
    gateway: str | None = None
    dhcp_server: str | None = None
    dns: list[str] = []


class FixedIp(Record, frozen=True, kw_only=True):
    """An address of an interface, with the floating ones that lead to it."""

    address: str
    subnet: Subnet
    floating: list[str] = []


class NetworkRef(Record, frozen=True, kw_only=True):
    """What an interface says of its network. `id` is the network's uuid."""

    id: str
    label: str
    bridge: str
    bridge_interface: str | None = None
    vlan: int | None = None
    mtu: int | None = None
    multi_host: bool = False
    injected: bool = False
    should_create_bridge: bool = True
    project_id: str | None = None


class Vif(Record, frozen=True, kw_only=True):
    """A server's interface. `id` is a uuid, `address` the MAC, `device` the tap's name on the host."""

    id: str
    address: str
    network: NetworkRef
    ips: list[FixedIp] = []
    device: str
    type: str = "bridge"
    tag: str | None = None


class Rule(Record, frozen=True, kw_only=True):
    """One ingress rule with its group reference already resolved to ranges.

    `protocol` is tcp, udp, icmp or None (any). For icmp `from_port` is the type and `to_port` the code, -1 for any.
    """

    protocol: str | None = None
    from_port: int | None = None
    to_port: int | None = None
    cidrs: list[str]


class Filters(Record, frozen=True, kw_only=True):
    """What may reach a server: its rules, and its interfaces to guard against spoofing.

    `number` is the server's small id, which names its chains.
    """

    server: str
    number: int
    vifs: list[Vif]
    rules: list[Rule]


class DhcpHost(Record, frozen=True, kw_only=True):
    """One line of dnsmasq's host file; `server` and `vif` are uuids."""

    mac: str
    address: str
    hostname: str
    server: str
    vif: str
    default_route: bool = True


class FloatingIp(Record, frozen=True, kw_only=True):
    """A public address. `fixed_address` is None while it leads nowhere."""

    address: str
    pool: str
    interface: str | None = None
    project_id: str | None = None
    fixed_address: str | None = None
    server: str | None = None


class Network(Record, frozen=True, kw_only=True):
    """A network as operators made it. `host` serves it (None until one takes it; per host with `multi_host`)."""

    id: int = 0
    uuid: str
    label: str
    cidr: str | None = None
    netmask: str | None = None
    broadcast: str | None = None
    gateway: str | None = None
    dhcp_server: str | None = None
    dhcp_start: str | None = None
    cidr_v6: str | None = None
    gateway_v6: str | None = None
    netmask_v6: str | None = None
    dns1: str | None = None
    dns2: str | None = None
    bridge: str | None = None
    bridge_interface: str | None = None
    vlan: int | None = None
    vpn_public_address: str | None = None
    vpn_public_port: int | None = None
    vpn_private_address: str | None = None
    mtu: int | None = None
    multi_host: bool = False
    injected: bool = False
    enable_dhcp: bool = True
    share_address: bool = False
    project_id: str | None = None
    host: str | None = None
    priority: int | None = None
    created_at: str | None = None
    updated_at: str | None = None


class ServedNetwork(Record, frozen=True, kw_only=True):
    """One network as a host must serve it: gateway address on the bridge, DHCP lines, floating addresses.

    `generation` grows with each change of the DHCP lines: an older message never undoes a newer one.
    """

    network: Network
    dhcp_address: str
    dhcp_hosts: list[DhcpHost]
    floating: list[FloatingIp] = []
    generation: int = 0


class HostNetworkPlan(Record, frozen=True, kw_only=True):
    """All that a nova-network host must serve."""

    host: str
    networks: list[ServedNetwork]
