"""What a guest is told of itself, built from its record: the metadata service and the config drive say the same.

Pure functions. Keys and versions: the contract's metadata tables.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from typing import Any

from nova.contracts import disk_names
from nova.contracts.guest import Guest
from nova.contracts.interfaces_document import interfaces_file
from nova.contracts.network import FixedIp, Vif

# When each folder of /openstack/ came to be.
FOLSOM, GRIZZLY, HAVANA, LIBERTY = "2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15"
NEWTON, NEWTON_TWO, OCATA, ROCKY = "2016-06-30", "2016-10-06", "2017-02-22", "2018-08-27"
VICTORIA, EPOXY = "2020-10-14", "2025-04-04"
OPENSTACK_VERSIONS = (FOLSOM, GRIZZLY, HAVANA, LIBERTY, NEWTON, NEWTON_TWO, OCATA, ROCKY, VICTORIA, EPOXY)
EC2_VERSIONS = (
    "1.0",
    "2007-01-19",
    "2007-03-01",
    "2007-08-29",
    "2007-10-10",
    "2007-12-15",
    "2008-02-01",
    "2008-09-01",
    "2009-04-04",
)
LATEST = "latest"
RANDOM_SEED_BYTES = 512
_LINK_TYPES = ("bridge", "ovs", "vif", "phy", "tap", "vhostuser", "hw_veb", "hyperv")


def is_since(version: str, since: str) -> bool:
    """Whether a folder has what came with the release `since`."""
    return version == LATEST or version >= since


def openstack_files(version: str, *, has_user_data: bool) -> list[str]:
    """Names in a folder of /openstack/, in the order they are listed. `password` is the service's own."""
    since = {
        "meta_data.json": FOLSOM,
        "user_data": FOLSOM if has_user_data else None,
        "password": GRIZZLY,
        "vendor_data.json": HAVANA,
        "network_data.json": LIBERTY,
        "vendor_data2.json": NEWTON_TWO,
    }
    return [name for name, first in since.items() if first and is_since(version, first)]


def full_hostname(guest: Guest, domain: str) -> str:
    """The guest's name with the domain that its DHCP answers."""
    return f"{guest.hostname}.{domain}" if domain and "." not in guest.hostname else guest.hostname


def user_data(guest: Guest) -> bytes | None:
    """User data as the user wrote them; None when there are none."""
    return _decoded(guest.user_data) if guest.user_data else None


def contents(guest: Guest) -> dict[str, bytes]:
    """The network's file, if there is one, and injected files, by the four-digit names under which they are served."""
    network = interfaces_file(guest)
    bodies = [network.encode()] if network else []
    bodies += [_decoded(file.contents) for file in guest.files]
    return {f"{number:04d}": body for number, body in enumerate(bodies)}


def meta_data(
    guest: Guest, version: str = LATEST, *, domain: str, random_seed: bytes, with_password: bool = False
) -> dict[str, Any]:
    """The document meta_data.json. Only a config drive says the admin password: the service is open to any process."""
    document: dict[str, Any] = {"uuid": guest.uuid, "availability_zone": guest.availability_zone}
    if guest.meta:
        document["meta"] = dict(guest.meta)
    document |= _content_paths(guest)
    if with_password and guest.admin_password:
        document["admin_pass"] = guest.admin_password
    if guest.keys:
        document["public_keys"] = dict(guest.keys)
        document["keys"] = [{"name": name, "type": _key_type(key), "data": key} for name, key in guest.keys.items()]
    document["hostname"] = full_hostname(guest, domain)
    document["launch_index"] = guest.launch_index
    document["name"] = guest.display_name
    if is_since(version, GRIZZLY):
        document["random_seed"] = base64.b64encode(random_seed).decode()
    if is_since(version, LIBERTY):
        document["project_id"] = guest.project_id
    if is_since(version, NEWTON):
        document["devices"] = _tagged_devices(guest)
    if is_since(version, VICTORIA):
        # Processors of the host that are this guest's alone: no host gives any away yet.
        document["dedicated_cpus"] = []
    return document


def vendor_data2(static: Mapping[str, Any]) -> dict[str, Any]:
    """The document vendor_data2.json from what vendor_data.json says."""
    return {"static": dict(static)} if static else {}


def network_data(guest: Guest) -> dict[str, Any]:
    """The document network_data.json: {} for a guest without interfaces."""
    if not guest.vifs:
        return {}
    networks = [_network(vif, ip) for vif in guest.vifs for ip in vif.ips]
    for number, network in enumerate(networks):
        network["id"] = f"network{number}"
    servers = [server for vif in guest.vifs for ip in vif.ips for server in ip.subnet.dns]
    return {
        "links": [_link(vif) for vif in guest.vifs],
        "networks": networks,
        "services": [{"type": "dns", "address": address} for address in dict.fromkeys(servers)],
    }


def ec2_meta_data(guest: Guest, version: str = LATEST, *, domain: str, address: str | None = None) -> dict[str, Any]:
    """The tree of /VERSION/meta-data/; `address` is the asker's, where the record knows none."""
    fixed = [ip for vif in guest.vifs for ip in vif.ips if ip.subnet.version == 4]
    floating = [one for ip in fixed for one in ip.floating]
    hostname = full_hostname(guest, domain)
    tree: dict[str, Any] = {
        "ami-id": guest.ec2_ids.get("ami", guest.image.id if guest.image else ""),
        "ami-launch-index": guest.launch_index,
        # Not a note to us: the word that guests have always been told, for want of a manifest.
        "ami-manifest-path": "FIXME",
        "instance-id": f"i-{guest.number:08x}",
        "hostname": hostname,
        "local-ipv4": fixed[0].address if fixed else address or "",
        "reservation-id": guest.reservation_id or "",
        "security-groups": list(guest.security_groups),
    }
    if guest.keys:
        tree["public-keys"] = {
            str(number): {"_name": f"{number}={name}", "openssh-key": key}
            for number, (name, key) in enumerate(guest.keys.items())
        }
    if is_since(version, "2007-01-19"):
        tree["local-hostname"] = hostname
        tree["public-hostname"] = hostname
        tree["public-ipv4"] = floating[0] if floating else ""
    if is_since(version, "2007-08-29"):
        tree["instance-type"] = guest.flavor.name
    if is_since(version, "2007-12-15"):
        tree["block-device-mapping"] = _ec2_block_devices(guest)
        for key, image, prefix in (("kernel-id", guest.kernel, "aki"), ("ramdisk-id", guest.ramdisk, "ari")):
            if image:
                tree[key] = guest.ec2_ids.get(prefix, image.id)
    if is_since(version, "2008-02-01"):
        tree["placement"] = {"availability-zone": guest.availability_zone or ""}
    if is_since(version, "2008-09-01"):
        tree["instance-action"] = "none"
    return tree


def _content_paths(guest: Guest) -> dict[str, Any]:
    """Where `contents` are to be found, in the same order."""
    found: dict[str, Any] = {}
    first = 0
    if interfaces_file(guest):
        found["network_config"] = {"name": "network_config", "content_path": "/content/0000"}
        first = 1
    if guest.files:
        found["files"] = [
            {"path": file.path, "content_path": f"/content/{number:04d}"}
            for number, file in enumerate(guest.files, first)
        ]
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return text.encode()


def _key_type(key: str) -> str:
    return "x509" if key.lstrip().startswith("-----BEGIN CERTIFICATE") else "ssh"


def _tagged_devices(guest: Guest) -> list[dict[str, Any]]:
    """Devices that the user gave a tag. Their place on the guest's buses is not known before it runs."""
    nics = [
        {"type": "nic", "bus": "none", "address": "none", "mac": vif.address, "tags": [vif.tag]}
        for vif in guest.vifs
        if vif.tag
    ]
    disks = [
        {"type": "disk", "bus": "none", "address": "none", "path": device.device_name or "", "tags": [device.tag]}
        for device in guest.block_devices
        if device.tag
    ]
    return nics + disks


def _link(vif: Vif) -> dict[str, Any]:
    return {
        "id": vif.device,
        "vif_id": vif.id,
        "type": vif.type if vif.type in _LINK_TYPES else "phy",
        "mtu": vif.network.mtu,
        "ethernet_mac_address": vif.address,
    }


def _network(vif: Vif, ip: FixedIp) -> dict[str, Any]:
    subnet = ip.subnet
    network: dict[str, Any] = {"id": "", "link": vif.device, "network_id": vif.network.id}
    if subnet.version == 4 and subnet.dhcp_server:
        return network | {"type": "ipv4_dhcp"}
    mask = str(ipaddress.ip_network(subnet.cidr, strict=False).netmask)
    # The route to anywhere: the address of all zeros, under the mask of all zeros.
    nowhere = str(ipaddress.IPv4Address(0) if subnet.version == 4 else ipaddress.IPv6Address(0))
    route = {"network": nowhere, "netmask": nowhere}
    return network | {
        "type": f"ipv{subnet.version}",
        "ip_address": ip.address,
        "netmask": mask,
        "routes": [route | {"gateway": subnet.gateway}] if subnet.gateway else [],
        "services": [{"type": "dns", "address": address} for address in subnet.dns],
    }


def _ec2_block_devices(guest: Guest) -> dict[str, str]:
    root = disk_names.root_device(guest.image, guest.block_devices)
    devices = {"ami": root.removeprefix("/dev/"), "root": root} if root else {}
    ephemerals = 0
    for device in guest.block_devices:
        if not device.device_name or device.boot_index == 0:
            continue
        if device.guest_format == "swap":
            devices["swap"] = device.device_name
        elif device.source == "blank":
            devices[f"ephemeral{ephemerals}"] = device.device_name
            ephemerals += 1
    return devices
