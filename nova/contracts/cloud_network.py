"""Networks and addresses as operators and projects see and make them."""

from __future__ import annotations

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.network import FloatingIp, Network
from nova.contracts.record import Page, Record


class NewNetworks(Record, frozen=True, kw_only=True):
    """A wish for `count` networks of `size` addresses cut from `cidr`; semantics of `nova-manage network create`.

    `manager` is flat, flatdhcp or vlan and decides how many addresses are reserved and whether a bridge is named.
    """

    label: str
    manager: str
    cidr: str | None = None
    cidr_v6: str | None = None
    count: int = 1
    size: int | None = None
    gateway: str | None = None
    gateway_v6: str | None = None
    dhcp_server: str | None = None
    bridge: str | None = None
    bridge_interface: str | None = None
    vlan: int | None = None
    vlan_start: int | None = None
    vpn_start: int = 1000
    dns1: str | None = None
    dns2: str | None = None
    mtu: int | None = None
    multi_host: bool = False
    injected: bool = False
    enable_dhcp: bool = True
    share_address: bool = False
    project_id: str | None = None
    priority: int | None = None
    allowed_start: str | None = None
    allowed_end: str | None = None
    uuid: str | None = None
    fixed_cidr: str | None = None


class CloudNetworks(Contract):
    """Networks as the conductor keeps them. Projects see their own and the shared ones; admins see all."""

    topic = "conductor"
    namespace = "networks"

    @call(timeout=30)
    def find(self, context: RequestContext, *, page: Page) -> list[Network]:
        """One page by id."""
        ...

    @call(timeout=30)
    def get(self, context: RequestContext, *, id: str) -> Network:
        """By uuid or number. NotFound."""
        ...

    @call(timeout=300, monitored=True)
    def create(self, context: RequestContext, *, wish: NewNetworks) -> list[Network]:
        """Networks with all their address rows. BadRequest (bad ranges), Conflict (overlap)."""
        ...

    @call(timeout=60)
    def modify(self, context: RequestContext, *, id: str, fields: dict[str, str | None]) -> Network:
        """Set project_id or host (None frees it). NotFound."""
        ...

    @call(timeout=60)
    def delete(self, context: RequestContext, *, id: str) -> None:
        """NotFound; Conflict while an address is in use."""
        ...

    @call(timeout=60)
    def create_floating(
        self, context: RequestContext, *, ip_range: str, pool: str, interface: str | None
    ) -> list[FloatingIp]:
        """Add public addresses to a pool. AlreadyExists, BadRequest."""
        ...

    @call(timeout=60)
    def delete_floating(self, context: RequestContext, *, ip_range: str) -> int:
        """Take public addresses out; answers how many. Conflict for one in use."""
        ...

    @call(timeout=60)
    def find_floating(self, context: RequestContext, *, page: Page, host: str | None = None) -> list[FloatingIp]:
        """All public addresses, for operators."""
        ...


class FixedIpUse(Record, frozen=True, kw_only=True):
    """An address of a network, for operators. `leased`: dnsmasq says that a guest holds it."""

    address: str
    network: str
    server: str | None = None
    hostname: str | None = None
    host: str | None = None
    allocated: bool = False
    leased: bool = False
    reserved: bool = False


class FixedIps(Contract):
    """Fixed addresses as the conductor keeps them, for operators only."""

    topic = "conductor"
    namespace = "fixed_ips"

    @call(timeout=60)
    def find(self, context: RequestContext, *, page: Page, host: str | None = None) -> list[FixedIpUse]:
        """One page in the order they were made; the marker is an address. `host`: of the servers on it."""
        ...

    @call(timeout=30)
    def reserve(self, context: RequestContext, *, address: str, reserved: bool) -> None:
        """Keep an address from being given to servers, or no more. NotFound."""
        ...
