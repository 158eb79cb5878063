"""/os-services: the daemons, and taking a compute host out of use."""

from __future__ import annotations

from typing import Any

from nova.api.web import paging
from nova.api.web.call import Call
from nova.api.web.fields import BOOLEAN, HOST, Part, dated, truth
from nova.api.web.ids import number_of, uuid_of
from nova.api.web.microversion import Dated
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, rule
from nova.api.web.schema import Schema, repeatable
from nova.api.web.views import Field, View, long_stamp
from nova.contracts.errors import BadRequest, NotFound
from nova.contracts.service import Service, ServiceChange, Services

LIST = rule("os_compute_api:os-services:list", ADMIN, "List the daemons.")
UPDATE = rule("os_compute_api:os-services:update", ADMIN, "Enable, disable or force down a daemon.")
DELETE = rule("os_compute_api:os-services:delete", ADMIN, "Forget a daemon.")

extension("os-services", "Services", "Services support.")
extension("os-extended-services", "ExtendedServices", "Extended services support.")
extension("os-extended-services-delete", "ExtendedServicesDelete", "Extended services deletion support.")

BY_UUID_SINCE = 53
FORCED_DOWN_SINCE = 11
COMPUTE = "nova-compute"
REASON: Schema = {"type": "string", "minLength": 1, "maxLength": 255, "format": "text"}
BINARY: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
QUERY = repeatable({"host": paging.TEXT, "binary": paging.TEXT}, open_until=74)
CHANGE = dated(
    Part("host", HOST, until=BY_UUID_SINCE - 1, required=True),
    Part("binary", BINARY, until=BY_UUID_SINCE - 1, required=True),
    Part("status", {"type": "string", "enum": ["enabled", "disabled"]}, since=BY_UUID_SINCE),
    Part("disabled_reason", REASON),
    Part("forced_down", BOOLEAN, since=FORCED_DOWN_SINCE),
    wrap=lambda change: change,
)


def _status(service: Service, call: Call) -> str:
    return "disabled" if service.disabled else "enabled"


def _state(service: Service, call: Call) -> str:
    return "up" if service.alive else "down"


VIEW = View(
    Field("id", "id", until=BY_UUID_SINCE - 1),
    Field("id", "uuid", since=BY_UUID_SINCE),
    Field("binary", "binary"),
    Field("host", "host"),
    Field("zone", "zone"),
    Field("status", _status),
    Field("state", _state),
    Field("updated_at", lambda service, call: long_stamp(service.last_seen or service.updated_at)),
    Field("disabled_reason", "disabled_reason"),
    Field("forced_down", "forced_down", since=FORCED_DOWN_SINCE),
)


@operation("GET", "/os-services", rule=LIST, query=QUERY)
def index(call: Call) -> dict[str, Any]:
    """All daemons, or those of a host or of a kind."""
    services = call.conductor(Services).find(
        call.context, host=call.one("host") or None, binary=call.one("binary") or None
    )
    return {"services": VIEW.list(call, services)}


@operation("PUT", "/os-services/{id}", rule=UPDATE, until=BY_UUID_SINCE - 1, body=CHANGE, errors=(400, 404))
def act(call: Call, id: str) -> dict[str, Any]:
    """What the path's last word says, to the service that the body names."""
    known = _ACTIONS.at(call.version)
    if id not in known:
        raise NotFound(what="Service action", id=id)
    change, shown = known[id](call.body)
    service = call.conductor(Services).change(
        call.context, change=change, host=call.body["host"], binary=call.body["binary"]
    )
    return {"service": {"host": service.host, "binary": service.binary, **shown}}


@operation("PUT", "/os-services/{id}", rule=UPDATE, since=BY_UUID_SINCE, body=CHANGE, errors=(400, 404))
def update(call: Call, id: str) -> dict[str, Any]:
    """Change a compute service, which is named by its uuid."""
    change = _change(call.body)
    wanted = uuid_of(id)
    services = call.conductor(Services)
    found = next((service for service in services.find(call.context) if service.uuid == wanted), None)
    if found is None:
        raise NotFound(what="Service", id=wanted)
    if found.binary != COMPUTE:
        raise BadRequest(
            reason=f"Updating a {found.binary} service is not supported. Only {COMPUTE} services can be updated."
        )
    return {"service": VIEW.show(call, services.change(call.context, change=change, uuid=wanted))}


@operation("DELETE", "/os-services/{id}", rule=DELETE, status=204, errors=(400, 404, 409))
def delete(call: Call, id: str) -> None:
    """Forget a daemon, by its number or, since 2.53, its uuid."""
    which = uuid_of(id) if call.version >= BY_UUID_SINCE else str(number_of("Service", id))
    call.conductor(Services).delete(call.context, id=which)


Asked = tuple[ServiceChange, dict[str, Any]]


def _enable(body: dict[str, Any]) -> Asked:
    return ServiceChange(disabled=False), {"status": "enabled"}


def _disable(body: dict[str, Any]) -> Asked:
    return ServiceChange(disabled=True), {"status": "disabled"}


def _disable_with_reason(body: dict[str, Any]) -> Asked:
    reason = body.get("disabled_reason")
    if reason is None:
        raise BadRequest(reason="Missing disabled reason field (disabled_reason)")
    change = ServiceChange(disabled=True, disabled_reason=_reason(reason))
    return change, {"status": "disabled", "disabled_reason": change.disabled_reason}


def _force_down(body: dict[str, Any]) -> Asked:
    if "forced_down" not in body:
        raise BadRequest(reason="Missing forced_down field")
    forced = truth(body["forced_down"])
    return ServiceChange(forced_down=forced), {"forced_down": forced}


_FIRST_ACTIONS = {"enable": _enable, "disable": _disable, "disable-log-reason": _disable_with_reason}
_ACTIONS = Dated({1: _FIRST_ACTIONS, FORCED_DOWN_SINCE: {**_FIRST_ACTIONS, "force-down": _force_down}})


def _change(body: dict[str, Any]) -> ServiceChange:
    status, reason, forced = body.get("status"), body.get("disabled_reason"), body.get("forced_down")
    if reason is not None and status != "disabled":
        raise BadRequest(reason="Specifying disabled_reason is only valid when status is disabled.")
    if status is None and forced is None:
        raise BadRequest(reason="No updates were requested. Fields 'status' or 'forced_down' should be specified.")
    return ServiceChange(
        disabled=None if status is None else status == "disabled",
        disabled_reason=None if reason is None else _reason(reason),
        forced_down=None if forced is None else truth(forced),
    )


def _reason(text: str) -> str:
    if not text.strip():
        raise BadRequest(reason="Disabled reason (disabled_reason) contains invalid characters or is too long")
    return text.strip()
