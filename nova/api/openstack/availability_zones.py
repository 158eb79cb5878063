"""/os-availability-zone: the parts of the cloud that fail apart from one another."""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.operations import extension, operation
from nova.api.web.policy import ADMIN, ANY, rule
from nova.api.web.views import long_stamp
from nova.contracts.service import Service, Services, ZoneHosts

LIST = rule("os_compute_api:os-availability-zone:list", ANY, "List the availability zones.")
DETAIL = rule("os_compute_api:os-availability-zone:detail", ADMIN, "See which daemons are in which zone.")

extension("os-availability-zone", "AvailabilityZone", "Add availability_zone to Server, and list the zones.")


@operation("GET", "/os-availability-zone", rule=LIST)
def index(call: Call) -> dict[str, Any]:
    """The zones servers may be in."""
    zones = call.conductor(Services).zones(call.context)
    return {"availabilityZoneInfo": [{**_zone(zone), "hosts": None} for zone in zones if not zone.internal]}


@operation("GET", "/os-availability-zone/detail", rule=DETAIL)
def detail(call: Call) -> dict[str, Any]:
    """All zones, also that of the controllers, with their hosts and the daemons on them."""
    zones = call.conductor(Services).zones(call.context, with_services=True)
    shown = [{**_zone(zone), "hosts": _hosts(zone.services) if zone.available else None} for zone in zones]
    return {"availabilityZoneInfo": shown}


def _zone(zone: ZoneHosts) -> dict[str, Any]:
    return {"zoneName": zone.name, "zoneState": {"available": zone.available}}


def _hosts(services: list[Service]) -> dict[str, dict[str, Any]]:
    hosts: dict[str, dict[str, Any]] = {}
    for service in services:
        hosts.setdefault(service.host, {})[service.binary] = {
            "active": not service.disabled,
            "available": service.alive,
            "updated_at": long_stamp(service.last_seen or service.updated_at),
        }
    return hosts
