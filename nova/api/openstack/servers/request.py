"""From the body of POST /servers to what the conductor is asked to make."""

from __future__ import annotations

import hashlib
import secrets
import string
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from nova.api.openstack.servers import devices
from nova.api.web.call import Call
from nova.api.web.fields import truth
from nova.api.web.policy import ADMIN, MEMBER, rule
from nova.api.web.schema import bad_field
from nova.contracts.errors import BadRequest, Forbidden, NotFound
from nova.contracts.guest import InjectedFile
from nova.contracts.image import Image, property_of
from nova.contracts.server import NetworkRequest, ServerRequest

FORCED_HOST = rule("os_compute_api:servers:create:forced_host", ADMIN, "Boot on a host named in the zone.")
DESTINATION = rule("compute:servers:create:requested_destination", ADMIN, "Boot on a host that filters must pass.")
ATTACH_VOLUME = rule("os_compute_api:servers:create:attach_volume", MEMBER, "Boot with disks that are named.")
ATTACH_NETWORK = rule("os_compute_api:servers:create:attach_network", MEMBER, "Boot with networks that are named.")
TRUSTED_CERTIFICATES = rule("os_compute_api:servers:create:trusted_certs", MEMBER, "Boot with trusted certificates.")
ZERO_DISK = rule(
    "os_compute_api:servers:create:zero_disk_flavor", ADMIN, "Boot an image with a flavor whose disk is 0: no bound."
)

MAX_NAME = 255

MAX_TOKEN = 255
# Without letters and digits that look alike.
PASSWORD_LETTERS = "".join(sorted(set(string.ascii_letters + string.digits) - set("Il1O0o")))


def read(call: Call) -> ServerRequest:
    """The request, checked as far as this side can: what names rows is looked up by the conductor."""
    server: Mapping[str, Any] = call.body["server"]
    if server.get("block_device_mapping") or server.get("block_device_mapping_v2"):
        call.check(ATTACH_VOLUME)
    zone, host, node = _zone(call, server)
    requested_host, requested_node = _destination(call, server, host)
    image = _image(call, server.get("imageRef") or None)
    least, most = _counts(server)
    certificates = server.get("trusted_image_certificates")
    if certificates:
        call.check(TRUSTED_CERTIFICATES)
    name = _numbered(server, "name", most) or ""
    return ServerRequest(
        name=name,
        description=server.get("description") if call.version >= 19 else name,
        hostname=_numbered(server, "hostname", most),
        flavorid=_flavorid(server["flavorRef"]),
        image=image,
        kernel=_part(call, image, "kernel_id"),
        ramdisk=_part(call, image, "ramdisk_id"),
        block_devices=devices.read(call, server, image),
        networks=_networks(call, server.get("networks"), most),
        security_groups=_distinct([group["name"] for group in server.get("security_groups", [])]) or ["default"],
        key_name=_stripped(server.get("key_name")),
        user_data=server.get("user_data"),
        config_drive=truth(server.get("config_drive", False)),
        metadata=server.get("metadata", {}),
        files=[_file(given) for given in server.get("personality", [])],
        admin_password=_password(call, server),
        availability_zone=zone,
        forced_host=host,
        forced_node=node,
        requested_host=requested_host,
        requested_node=requested_node,
        hints=_hints(call.body),
        tags=_distinct(server.get("tags", [])),
        disk_config=server.get("OS-DCF:diskConfig", "MANUAL"),
        access_ip_v4=server.get("accessIPv4"),
        access_ip_v6=server.get("accessIPv6"),
        trusted_image_certificates=certificates,
        min_count=least,
        max_count=most,
        zero_disk=call.can(ZERO_DISK),
        **_token(call),
    )


def _token(call: Call) -> dict[str, str]:
    """The client's token for this request, with a hash of what it asked."""
    token = call.http.headers.get("X-Client-Token")
    if token is None:
        return {}
    if not 0 < len(token) <= MAX_TOKEN or not token.isascii() or not token.isprintable():
        raise BadRequest(reason=f"X-Client-Token must be 1 to {MAX_TOKEN} printable ASCII characters")
    asked = msgspec.json.encode([call.version, call.body], order="deterministic")
    return {"client_token": token, "client_digest": hashlib.sha256(asked).hexdigest()}


def _numbered(server: Mapping[str, Any], key: str, most: int) -> str | None:
    """A name, if there is room in it for the number that each of several servers gets."""
    name = _stripped(server.get(key))
    if name is not None and most > 1 and len(f"{name}-{most}") > MAX_NAME:
        raise bad_field(f"server.{key}", name, f"Numbered to {most} it is longer than {MAX_NAME} characters")
    return name


def _hints(body: Mapping[str, Any]) -> dict[str, Any]:
    hints: dict[str, Any] = dict(body.get("os:scheduler_hints") or body.get("OS-SCH-HNT:scheduler_hints") or {})
    if isinstance(hints.get("group"), list):
        (hints["group"],) = hints["group"]
    return hints


def _flavorid(reference: str | int) -> str:
    """The flavor's id; older clients send its URL."""
    return str(reference).rstrip("/").rpartition("/")[2] or str(reference)


def _zone(call: Call, server: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Zone, host and node of `zone`, `zone:host`, `zone:host:node` or `zone::node`."""
    words = (_stripped(server.get("availability_zone")) or "").split(":")
    if len(words) > 3:
        raise bad_field("server.availability_zone", ":".join(words), "Unable to parse the availability zone")
    zone, host, node = (*words, "", "")[:3]
    if host or node:
        call.check(FORCED_HOST)
    return zone or None, host or None, node or None


def _destination(call: Call, server: Mapping[str, Any], forced: str | None) -> tuple[str | None, str | None]:
    host, node = server.get("host"), server.get("hypervisor_hostname")
    if host or node:
        call.check(DESTINATION)
        if forced:
            raise BadRequest(
                reason="A host or hypervisor_hostname cannot be requested together with a host in availability_zone"
            )
    return host, node


def _counts(server: Mapping[str, Any]) -> tuple[int, int]:
    least = int(server.get("min_count", 1))
    most = int(server.get("max_count", least))
    if least < 1 or most < 1:
        raise bad_field("server.min_count", least, "It must be at least 1")
    if least > most:
        raise BadRequest(reason="min_count must be <= max_count")
    return least, most


def _image(call: Call, image_id: str | None) -> Image | None:
    if image_id is None:
        return None
    try:
        return call.api.images.get(call.context, str(uuid.UUID(image_id)))
    except (NotFound, Forbidden) as error:
        raise BadRequest(reason=f"Image {image_id} could not be found.") from error


def _part(call: Call, image: Image | None, key: str) -> Image | None:
    """The kernel or ramdisk image that the image names. Some images name them with an empty word: none."""
    wanted = property_of(image, key)
    if not wanted or wanted == "None":
        return None
    try:
        return call.api.images.get(call.context, wanted)
    except (NotFound, Forbidden) as error:
        raise BadRequest(reason=f"Image {wanted}, the image's {key}, could not be found.") from error


def _networks(call: Call, given: Any, most: int) -> list[NetworkRequest] | str | None:
    if not given or given == "none":
        return given or None
    call.check(ATTACH_NETWORK)
    if isinstance(given, str):
        return given
    wanted = [_network(position, network) for position, network in enumerate(given)]
    ids = [network.network for network in wanted]
    if len(set(ids)) != len(ids):
        twice = ", ".join(sorted({network for network in ids if ids.count(network) > 1}))
        raise BadRequest(reason=f"Duplicate networks ({twice}) are not allowed")
    if most > 1 and any(network.fixed_ip for network in wanted):
        raise BadRequest(reason="Only one instance can be created with a fixed IP at a time (networks.fixed_ip)")
    return wanted


def _network(position: int, given: Mapping[str, Any]) -> NetworkRequest:
    where = f"server.networks[{position}]"
    if given.get("port"):
        raise bad_field(f"{where}.port", given["port"], "This cloud has no ports; name a network by uuid")
    if not given.get("uuid"):
        raise bad_field(where, dict(given), "Bad networks format: missing 'uuid'")
    try:
        network = str(uuid.UUID(given["uuid"]))
    except ValueError as error:
        why = "Bad networks format: network uuid is not in proper format"
        raise bad_field(f"{where}.uuid", given["uuid"], why) from error
    return NetworkRequest(network=network, fixed_ip=given.get("fixed_ip"), tag=given.get("tag"))


def _file(given: Mapping[str, str]) -> InjectedFile:
    for key in ("path", "contents"):
        if key not in given:
            raise BadRequest(reason=f"Bad personality format: missing {key}")
    return InjectedFile(path=given["path"], contents=given["contents"])


def _password(call: Call, server: Mapping[str, Any]) -> str:
    given: str | None = server.get("adminPass")
    if given is not None:
        return given
    return "".join(secrets.choice(PASSWORD_LETTERS) for _ in range(call.api.conf.password_length))


def _stripped(text: str | None) -> str | None:
    return text.strip() if text is not None else None


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))
