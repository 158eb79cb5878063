"""/servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova.api.openstack.servers import filters, query, request, schemas
from nova.api.openstack.servers.view import DETAIL, LIST, SHOW, UPDATED
from nova.api.web import paging
from nova.api.web.call import Answer, Call
from nova.api.web.fields import truth
from nova.api.web.operations import operation
from nova.api.web.policy import ADMIN, MEMBER, READER, Rule, rule
from nova.api.web.views import View
from nova.contracts.server import Server, ServerChange, Servers

INDEX = rule("os_compute_api:servers:index", READER, "List servers.")
INDEX_ALL = rule("os_compute_api:servers:index:get_all_tenants", ADMIN, "List every project's servers.")
LOOK_AT_ALL = rule("os_compute_api:servers:detail", READER, "List servers in full.")
DETAIL_ALL = rule("os_compute_api:servers:detail:get_all_tenants", ADMIN, "List every project's servers in full.")
LOOK = rule("os_compute_api:servers:show", READER, "Look at a server.")
CREATE = rule("os_compute_api:servers:create", MEMBER, "Create servers.")
UPDATE = rule("os_compute_api:servers:update", MEMBER, "Change a server's name, addresses and the like.")
DELETE = rule("os_compute_api:servers:delete", MEMBER, "Delete a server.")

CHANGEABLE = {
    "name": "name",
    "description": "description",
    "hostname": "hostname",
    "OS-DCF:diskConfig": "disk_config",
    "accessIPv4": "access_ip_v4",
    "accessIPv6": "access_ip_v6",
}


@operation("GET", "/servers", rule=INDEX, query=query.QUERY, errors=(400, 403))
def index(call: Call) -> dict[str, Any]:
    """Ids and names of servers."""
    return _list(call, LIST, INDEX_ALL, full=False)


@operation("GET", "/servers/detail", rule=LOOK_AT_ALL, query=query.QUERY, errors=(400, 403))
def detail(call: Call) -> dict[str, Any]:
    """Servers in full."""
    return _list(call, DETAIL, DETAIL_ALL, full=True)


def _list(call: Call, view: View, all_tenants: Rule, *, full: bool) -> dict[str, Any]:
    wanted = filters.read(call, all_tenants)
    filters.drop_old_sort_keys(call)
    page = paging.wanted(call, sort=filters.sort_keys(call))
    servers: Sequence[Server] = []
    if wanted is not None:
        narrowed = wanted
        # Whom the policy lets see every project's servers need not be an administrator in anything else.
        context = call.context.elevated() if wanted.all_projects else call.context
        servers = paging.fetch(
            page, lambda page: call.conductor(Servers).find(context, filters=narrowed, page=page, full=full)
        )
    links = paging.next_link(call, page, servers, lambda server: server.uuid)
    return {"servers": view.list(call, servers), **({"servers_links": links} if links else {})}


@operation("GET", "/servers/{server_id}", rule=LOOK, errors=(404,), on_server=True)
def show(call: Call) -> dict[str, Any]:
    """One server."""
    return {"server": SHOW.show(call, call.server)}


@operation("POST", "/servers", rule=CREATE, body=schemas.CREATE, status=202, errors=(400, 403, 409))
def create(call: Call) -> Answer:
    """Make one or more servers; they are there at once, and become active later."""
    wanted = request.read(call)
    created = call.conductor(Servers).create(call.context, request=wanted)
    if truth(call.body["server"].get("return_reservation_id", False)):
        return Answer({"reservation_id": created.reservation_id})
    uuid = created.servers[0]
    server = {
        "id": uuid,
        "links": call.links("servers", uuid),
        "OS-DCF:diskConfig": wanted.disk_config,
        "security_groups": [{"name": name} for name in wanted.security_groups],
    }
    password = created.admin_password or (None if created.again else wanted.admin_password)
    if password is not None and call.api.conf.enable_instance_password:
        server["adminPass"] = password
    return Answer({"server": server}, headers={"Location": call.links("servers", uuid)[0]["href"]})


@operation("PUT", "/servers/{server_id}", rule=UPDATE, body=schemas.UPDATE, errors=(400, 404), on_server=True)
def update(call: Call) -> dict[str, Any]:
    """Change what needs no host."""
    given = call.body["server"]
    values = {CHANGEABLE[key]: value for key, value in given.items() if key in CHANGEABLE}
    if "name" in values:
        values["name"] = values["name"].strip()
    server = call.server
    if values:
        change = ServerChange(fields=sorted(values), **values)
        server = call.conductor(Servers).update(call.context, server=server.uuid, change=change)
    return {"server": UPDATED.show(call, server)}


@operation("DELETE", "/servers/{server_id}", rule=DELETE, status=204, errors=(404, 409), on_server=True, bare=True)
def delete(call: Call) -> None:
    """Take a server and all it has away."""
    call.conductor(Servers).begin(call.context, server=call.server.uuid, action="delete", arguments={})
