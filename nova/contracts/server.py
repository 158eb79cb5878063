"""Servers: what the API shows of one, what it asks for, and what the conductor does with them."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from nova.base.context import RequestContext
from nova.base.contract import Contract, call
from nova.contracts.flavor import Flavor
from nova.contracts.guest import BlockDevice, InjectedFile
from nova.contracts.image import Image
from nova.contracts.network import Vif
from nova.contracts.record import Page, Record


class Fault(Record, frozen=True, kw_only=True):
    """Why a server is in ERROR; `details` is for admins only."""

    code: int
    message: str
    details: str = ""
    created: datetime.datetime


class AttachedVolume(Record, frozen=True, kw_only=True):
    """A volume of a server."""

    id: str
    delete_on_termination: bool = False


class Server(Record, frozen=True, kw_only=True):
    """Everything the API may show of a server. `number` is its small id, `name` what the user called it.

    `flavor` is as it was at create. `host_status` is UP, DOWN, MAINTENANCE, UNKNOWN or "" (no host).
    """

    number: int
    uuid: str
    name: str
    description: str | None = None
    hostname: str
    project_id: str
    user_id: str
    vm_state: str
    task_state: str | None = None
    power_state: int = 0
    progress: int = 0
    created_at: datetime.datetime
    updated_at: datetime.datetime | None = None
    launched_at: datetime.datetime | None = None
    terminated_at: datetime.datetime | None = None
    deleted: bool = False
    image_id: str | None = None
    image_properties: dict[str, str] = {}
    kernel_id: str | None = None
    ramdisk_id: str | None = None
    flavor: Flavor
    host: str | None = None
    node: str | None = None
    host_status: str = ""
    availability_zone: str | None = None
    pinned_availability_zone: str | None = None
    key_name: str | None = None
    user_data: str | None = None
    config_drive: bool = False
    launch_index: int = 0
    reservation_id: str | None = None
    root_device_name: str | None = None
    disk_config: str = "MANUAL"
    access_ip_v4: str | None = None
    access_ip_v6: str | None = None
    locked: bool = False
    locked_by: str | None = None
    locked_reason: str | None = None
    metadata: dict[str, str] = {}
    tags: list[str] = []
    security_groups: list[str] = []
    vifs: list[Vif] = []
    volumes: list[AttachedVolume] = []
    fault: Fault | None = None
    trusted_image_certificates: list[str] | None = None
    server_groups: list[str] = []
    scheduler_hints: dict[str, Any] = {}


class NetworkRequest(Record, frozen=True, kw_only=True):
    """An interface asked for at create; `network` is the uuid."""

    network: str
    fixed_ip: str | None = None
    tag: str | None = None


class ServerRequest(Record, frozen=True, kw_only=True):
    """A validated POST /servers. The images were read with the caller's own rights; the rest the conductor looks up.

    `networks` None or "auto": the project's; "none": no interface. `hints` and `metadata` as given. `zero_disk`: the
    caller may boot an image with a flavor that sets no bound to its disk. `client_token` with `client_digest` (a hash
    of the body): the same token and digest give the first answer again.
    """

    name: str
    description: str | None = None
    hostname: str | None = None
    flavorid: str
    image: Image | None = None
    kernel: Image | None = None
    ramdisk: Image | None = None
    block_devices: list[BlockDevice] = []
    networks: list[NetworkRequest] | str | None = None
    security_groups: list[str] = msgspec.field(default_factory=lambda: ["default"])
    key_name: str | None = None
    user_data: str | None = None
    config_drive: bool = False
    metadata: dict[str, str] = {}
    files: list[InjectedFile] = []
    admin_password: str | None = None
    availability_zone: str | None = None
    forced_host: str | None = None
    forced_node: str | None = None
    requested_host: str | None = None
    requested_node: str | None = None
    hints: dict[str, Any] = {}
    tags: list[str] = []
    disk_config: str = "MANUAL"
    access_ip_v4: str | None = None
    access_ip_v6: str | None = None
    trusted_image_certificates: list[str] | None = None
    min_count: int = 1
    max_count: int = 1
    zero_disk: bool = False
    client_token: str | None = None
    client_digest: str | None = None


class CreatedServers(Record, frozen=True, kw_only=True):
    """Answer to a create: uuids in launch order. `again`: this is the answer of an earlier call with the same token."""

    reservation_id: str
    servers: list[str]
    again: bool = False
    admin_password: str | None = None


class ServerFilter(Record, frozen=True, kw_only=True):
    """What a list of servers is narrowed to; conditions are joined by and.

    `equals`: column words of `Server` (project_id, user_id, host, image_id, locked, vm_state, config_drive,
    power_state, created_at ...) to allowed values as text ("" among them: not set); a time without a fraction is its
    whole second. `matches`: words (name, hostname, description, ip, ip6, key_name ...) to a regular expression of at
    most 255 characters. `deleted`: None both, False live, True deleted.
    """

    all_projects: bool = False
    equals: dict[str, list[str]] = {}
    matches: dict[str, str] = {}
    flavorid: str | None = None
    vm_states: list[str] | None = None
    task_states: list[str] | None = None
    changes_since: datetime.datetime | None = None
    changes_before: datetime.datetime | None = None
    deleted: bool | None = False
    tags: list[str] = []
    tags_any: list[str] = []
    not_tags: list[str] = []
    not_tags_any: list[str] = []


class ServerChange(Record, frozen=True, kw_only=True):
    """A PUT /servers/{id}: only the names in `fields` are changed, so that None can be set."""

    fields: list[str]
    name: str | None = None
    description: str | None = None
    hostname: str | None = None
    disk_config: str | None = None
    access_ip_v4: str | None = None
    access_ip_v6: str | None = None


class Servers(Contract):
    """Servers as the conductor keeps them. Who is not admin sees only its own project's: others are not found."""

    topic = "conductor"
    namespace = "servers"

    @call(timeout=60, monitored=True)
    def create(self, context: RequestContext, *, request: ServerRequest) -> CreatedServers:
        """Rows, quota and boot tasks in one transaction. OverQuota, NotFound, BadRequest, Conflict."""
        ...

    @call(timeout=30)
    def find(self, context: RequestContext, *, filters: ServerFilter, page: Page, full: bool = True) -> list[Server]:
        """One page. With `full` false only what the short list shows is filled in. BadRequest: marker or sort key."""
        ...

    @call(timeout=30)
    def get(self, context: RequestContext, *, server: str, bare: bool = False) -> Server:
        """By uuid. ServerNotFound. `bare`: without what other tables say of it (groups, tags, metadata, fault)."""
        ...

    @call(timeout=30, monitored=True)
    def begin(self, context: RequestContext, *, server: str, action: str, arguments: dict[str, Any]) -> None:
        """Start an action of `states.MOVES` as a task. ServerLocked, InvalidState, ServerNotReady, ServerNotFound."""
        ...

    @call(timeout=30)
    def update(self, context: RequestContext, *, server: str, change: ServerChange) -> Server:
        """Change what needs no task."""
        ...

    @call(timeout=30)
    def set_metadata(
        self, context: RequestContext, *, server: str, metadata: dict[str, str], replace: bool
    ) -> dict[str, str]:
        """Add these keys, or make them all there is; answers all. TooManyOf, InvalidState, ServerLocked."""
        ...

    @call(timeout=30)
    def delete_metadata(self, context: RequestContext, *, server: str, key: str) -> None:
        """NotFound when there is no such key."""
        ...

    @call(timeout=30)
    def set_tags(self, context: RequestContext, *, server: str, tags: list[str]) -> list[str]:
        """Make these all there are. BadRequest for too many, InvalidState."""
        ...

    @call(timeout=30)
    def add_tag(self, context: RequestContext, *, server: str, tag: str) -> bool:
        """True when it is new. BadRequest for too many, InvalidState."""
        ...

    @call(timeout=30)
    def delete_tag(self, context: RequestContext, *, server: str, tag: str) -> None:
        """NotFound."""
        ...
