"""/extensions: what this API offers beyond Compute's core, as clients of its first years ask for it.

Entries stand beside the resources they are about; those that are only parts of servers stand here.
"""

from __future__ import annotations

from typing import Any

from nova.api.web.call import Call
from nova.api.web.operations import EXTENSIONS, Extension, extension, operation
from nova.api.web.policy import ANY, rule
from nova.contracts.errors import NotFound

LOOK = rule("os_compute_api:extensions", ANY, "List the extensions.")

# Clients only compare these; no document was ever there.
NAMESPACE = "http://docs.openstack.org/compute/ext/fake_xml"
UPDATED = "2014-12-03T00:00:00Z"

for _alias, _name, _words in (
    ("OS-DCF", "DiskConfig", "Disk Management Extension."),
    ("OS-EXT-AZ", "ExtendedAvailabilityZone", "Show a server's availability zone."),
    ("OS-EXT-IPS", "ExtendedIps", "Show whether an address is fixed or floating."),
    ("OS-EXT-IPS-MAC", "ExtendedIpsMac", "Show the MAC address beside each address."),
    ("OS-EXT-SRV-ATTR", "ExtendedServerAttributes", "Show administrators where a server is."),
    ("OS-EXT-STS", "ExtendedStatus", "Show a server's task, power and inner state."),
    ("OS-SCH-HNT", "SchedulerHints", "Pass hints to the scheduler."),
    ("OS-SRV-USG", "ServerUsage", "Show since when a server is up."),
    ("os-access-ips", "AccessIPs", "Keep the addresses by which a server is best reached."),
    ("os-attach-interfaces", "AttachInterfaces", "See a server's interfaces."),
    ("os-block-device-mapping", "BlockDeviceMapping", "Name a server's disks when it is made."),
    ("os-block-device-mapping-v2-boot", "BlockDeviceMappingV2Boot", "Name a server's disks in the newer form."),
    ("os-config-drive", "ConfigDrive", "Give a server its metadata on a drive."),
    ("os-console-output", "ConsoleOutput", "Read what a server wrote to its console."),
    ("os-extended-status", "ExtendedStatus", "Show a server's task, power and inner state."),
    ("os-extended-volumes", "ExtendedVolumes", "Show the volumes of a server."),
    ("os-hide-server-addresses", "HideServerAddresses", "Keep addresses back while a server is being made."),
    ("os-instance-actions", "InstanceActions", "See what was done to a server."),
    ("os-multiple-create", "MultipleCreate", "Make several servers at once."),
    ("os-personality", "Personality", "Put files into a server when it is made."),
    ("os-server-list-multi-status", "ServerListMultiStatus", "List servers of several states."),
    ("os-server-sort-keys", "ServerSortKeys", "Sort lists of servers."),
    ("os-server-start-stop", "ServerStartStop", "Start and stop servers."),
    ("os-user-data", "UserData", "Give a server data for its first start."),
):
    extension(_alias, _name, _words)


@operation("GET", "/extensions", rule=LOOK)
def index(call: Call) -> dict[str, Any]:
    """All extensions, by alias."""
    return {"extensions": [_shown(EXTENSIONS[alias]) for alias in sorted(EXTENSIONS)]}


@operation("GET", "/extensions/{id}", rule=LOOK, errors=(404,))
def show(call: Call, id: str) -> dict[str, Any]:
    """One of them, by its alias."""
    if id not in EXTENSIONS:
        raise NotFound(what="Extension", id=id)
    return {"extension": _shown(EXTENSIONS[id])}


def _shown(known: Extension) -> dict[str, Any]:
    return {
        "alias": known.alias,
        "name": known.name,
        "description": known.description,
        "links": [],
        "namespace": NAMESPACE,
        "updated": UPDATED,
    }
