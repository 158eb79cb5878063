"""Daemons that remember what the API asked, keep a few records, and answer as the contracts say."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec

from nova.base.context import RequestContext
from nova.contracts.compute import Compute
from nova.contracts.console import ConsoleAccess, ConsoleAuth
from nova.contracts.errors import NotFound, ServerLocked, ServerNotFound
from nova.contracts.flavor import Flavor
from nova.contracts.guest import ConsoleTarget, GuestRef
from nova.contracts.image import Image
from nova.contracts.instance_action import ActionEvent, ActionFilter, InstanceAction, InstanceActions
from nova.contracts.network import FixedIp, NetworkRef, Subnet, Vif
from nova.contracts.record import Page
from nova.contracts.security_group import GroupRule, SecurityGroup, SecurityGroups
from nova.contracts.server import (
    AttachedVolume,
    CreatedServers,
    Fault,
    Server,
    ServerChange,
    ServerFilter,
    ServerRequest,
    Servers,
)

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=datetime.UTC)
FLAVOR = Flavor(
    id=2, flavorid="1", name="m1.tiny", memory_mb=512, vcpus=1, root_gb=1, extra_specs={"hw:cpu_policy": "shared"}
)
VIF = Vif(
    id="ce531f90-199f-48c0-816c-13e38010b442",
    address="fa:16:3e:00:00:01",
    network=NetworkRef(id="3cb9bc59-5699-4588-a4b1-b87f96708bc6", label="private", bridge="br100"),
    ips=[FixedIp(address="10.0.0.2", subnet=Subnet(cidr="10.0.0.0/24"), floating=["192.0.2.9"])],
    device="vnet0",
)


def make_server(number: int = 1, **changes: Any) -> Server:
    """An active server of alice in p1."""
    known: dict[str, Any] = {
        "number": number,
        "uuid": f"00000000-0000-4000-8000-{number:012d}",
        "name": f"server-{number}",
        "hostname": f"server-{number}",
        "project_id": "p1",
        "user_id": "alice",
        "vm_state": "active",
        "power_state": 1,
        "created_at": NOW,
        "launched_at": NOW,
        "image_id": "70a599e0-31e7-49b7-b260-868f441e862b",
        "image_properties": {"architecture": "x86_64"},
        "flavor": FLAVOR,
        "host": "node1",
        "node": "node1.example.com",
        "host_status": "UP",
        "availability_zone": "nova",
        "reservation_id": "r-1",
        "root_device_name": "/dev/vda",
        "metadata": {"role": "web"},
        "tags": ["blue"],
        "security_groups": ["default"],
        "vifs": [VIF],
        "volumes": [AttachedVolume(id="volume_id1")],
    }
    return Server(**{**known, **changes})


UPTIME = " 08:32:11 up 93 days, 18:25, 12 users,  load average: 0.20, 0.12, 0.14"
FAULT = Fault(code=500, message="No valid host was found.", details="inside words", created=NOW)


class FakeServers(Servers):
    """Servers in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Server] = {}
        self.asked: list[tuple[Any, ...]] = []
        self.contexts: list[RequestContext] = []
        self.answer = CreatedServers(reservation_id="r-2", servers=["00000000-0000-4000-8000-000000000009"])

    def put(self, *servers: Server) -> None:
        self.rows.update({server.uuid: server for server in servers})

    def _own(self, context: RequestContext, uuid: str) -> Server:
        found = self.rows.get(uuid)
        if found is None or (found.project_id != context.project_id and not context.is_admin):
            raise ServerNotFound(id=uuid)
        return found

    def create(self, context: RequestContext, *, request: ServerRequest) -> CreatedServers:
        self.asked.append(("create", request))
        return self.answer

    def find(self, context: RequestContext, *, filters: ServerFilter, page: Page, full: bool = True) -> list[Server]:
        self.asked.append(("find", filters, page, full))
        self.contexts.append(context)
        return list(self.rows.values())[: page.limit]

    def get(self, context: RequestContext, *, server: str, bare: bool = False) -> Server:
        self.asked.append(("get", server))
        return self._own(context, server)

    def begin(self, context: RequestContext, *, server: str, action: str, arguments: dict[str, Any]) -> None:
        if self._own(context, server).locked:
            raise ServerLocked(server=server)
        self.asked.append(("begin", action, arguments))

    def update(self, context: RequestContext, *, server: str, change: ServerChange) -> Server:
        self.asked.append(("update", change))
        values = {name: getattr(change, name) for name in change.fields}
        self.put(msgspec.structs.replace(self._own(context, server), **values))
        return self.rows[server]

    def set_metadata(
        self, context: RequestContext, *, server: str, metadata: dict[str, str], replace: bool
    ) -> dict[str, str]:
        found = self._own(context, server)
        items = metadata if replace else {**found.metadata, **metadata}
        self.put(msgspec.structs.replace(found, metadata=items))
        return items

    def delete_metadata(self, context: RequestContext, *, server: str, key: str) -> None:
        if key not in self._own(context, server).metadata:
            raise NotFound(what="Metadata item", id=key)
        self.asked.append(("delete_metadata", key))

    def set_tags(self, context: RequestContext, *, server: str, tags: list[str]) -> list[str]:
        self.put(msgspec.structs.replace(self._own(context, server), tags=tags))
        return tags

    def add_tag(self, context: RequestContext, *, server: str, tag: str) -> bool:
        found = self._own(context, server)
        new = tag not in found.tags
        self.put(msgspec.structs.replace(found, tags=[*found.tags, tag] if new else found.tags))
        return new

    def delete_tag(self, context: RequestContext, *, server: str, tag: str) -> None:
        found = self._own(context, server)
        if tag not in found.tags:
            raise NotFound(what="Tag", id=tag)
        self.put(msgspec.structs.replace(found, tags=[kept for kept in found.tags if kept != tag]))


class FakeInstanceActions(InstanceActions):
    """One action with one step."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        event = ActionEvent(
            event="compute_stop_instance",
            host="node1",
            host_id="abc",
            start_time=NOW,
            finish_time=NOW,
            result="Error",
            traceback="inside words",
            details="it did not stop",
        )
        self.action = InstanceAction(
            action="stop",
            server=make_server().uuid,
            request_id="req-1",
            user_id="alice",
            project_id="p1",
            start_time=NOW,
            events=[event],
        )

    def find(
        self, context: RequestContext, *, server: str, filters: ActionFilter, page: Page, deleted: bool = False
    ) -> list[InstanceAction]:
        self.asked.append((server, filters, page, deleted))
        return [msgspec.structs.replace(self.action, events=[])]

    def get(self, context: RequestContext, *, server: str, request_id: str, deleted: bool = False) -> InstanceAction:
        if request_id != self.action.request_id:
            raise NotFound(what="Action", id=request_id)
        return self.action


class FakeGroups(SecurityGroups):
    """One group, and who joined or left it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        rule = GroupRule(id=3, parent_group_id=1, protocol="tcp", from_port=22, to_port=22, cidr="0.0.0.0/0")
        other = GroupRule(id=4, parent_group_id=1, group_id=1, group_name="default", group_project_id="p1")
        self.group = SecurityGroup(id=1, name="default", description="d", project_id="p1", rules=[rule, other])

    def of_server(self, context: RequestContext, *, server: str) -> list[SecurityGroup]:
        return [self.group]

    def add_server(self, context: RequestContext, *, server: str, name: str) -> None:
        self.asked.append(("add", server, name))

    def remove_server(self, context: RequestContext, *, server: str, name: str) -> None:
        self.asked.append(("remove", server, name))

    def find(self, context: RequestContext, *, page: Page, all_projects: bool = False) -> list[SecurityGroup]:
        return [self.group]

    def get(self, context: RequestContext, *, id: int) -> SecurityGroup:
        return self.group

    def create(self, context: RequestContext, *, name: str, description: str) -> SecurityGroup:
        return self.group

    def update(self, context: RequestContext, *, id: int, name: str, description: str) -> SecurityGroup:
        return self.group

    def delete(self, context: RequestContext, *, id: int) -> None:
        return None

    def add_rule(self, context: RequestContext, *, rule: GroupRule) -> GroupRule:
        return rule

    def delete_rule(self, context: RequestContext, *, id: int) -> None:
        return None


def fake_compute() -> Compute:
    """A host with a console and an uptime; what else it is asked is an error of the test."""

    def console_output(self: Any, context: RequestContext, *, guest: GuestRef, lines: int | None) -> str:
        return f"{guest.name}: {lines} lines"

    def console_target(self: Any, context: RequestContext, *, guest: GuestRef, kind: str) -> ConsoleTarget:
        return ConsoleTarget(kind=kind, host="127.0.0.1", port=5900)

    def uptime(self: Any, context: RequestContext) -> str:
        return UPTIME

    from nova.bus.codec import methods_of

    own = {"console_output": console_output, "console_target": console_target, "uptime": uptime}
    return type(
        "FakeCompute", (Compute,), {name: own.get(name, _refuse(Compute, name)) for name in methods_of(Compute)}
    )()


def _refuse(contract: type, name: str) -> Any:
    import functools

    @functools.wraps(getattr(contract, name))
    def refuse(self: Any, context: RequestContext, **arguments: Any) -> None:
        raise AssertionError(f"{name} was not to be asked")

    return refuse


class FakeConsoleAuth(ConsoleAuth):
    """Tokens without a conductor."""

    def __init__(self) -> None:
        self.given: list[ConsoleAccess] = []

    def authorize(self, context: RequestContext, *, access: ConsoleAccess) -> str:
        self.given.append(access)
        return "t0ken"

    def redeem(self, context: RequestContext, *, token: str) -> ConsoleAccess:
        return self.given[0]


class FakeImages:
    """Images by id."""

    def __init__(self, *images: Image) -> None:
        self.images = {image.id: image for image in images}

    def get(self, context: RequestContext, image_id: str) -> Image:
        if image_id not in self.images:
            raise NotFound(what="Image", id=image_id)
        return self.images[image_id]
