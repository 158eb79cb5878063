"""What may be said when a server is made or changed."""

from __future__ import annotations

from nova.api.web.fields import (
    BASE64,
    BOOLEAN,
    COUNT,
    DESCRIPTION,
    HOST,
    IP,
    IPV4,
    IPV6,
    METADATA,
    NAME,
    NOTHING,
    TAG,
    TAGS,
    TEXT,
    UUID,
    Part,
    dated,
    item,
    wrapped,
)
from nova.api.web.schema import Schema

MAX_USER_DATA = 65535
DISK_CONFIG: Schema = {"type": "string", "enum": ["AUTO", "MANUAL"]}
SHORT_HOSTNAME: Schema = {
    "type": "string",
    "minLength": 2,
    "maxLength": 63,
    "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+\\Z",
}
HOSTNAME = HOST


def _network(uuid: Schema, **more: Schema) -> Schema:
    port = {"type": ["string", "null"], "format": "uuid"}
    return {"type": "array", "items": item({"fixed_ip": IP, "port": port, "uuid": uuid, **more})}


def _list_or_word(networks: Schema) -> Schema:
    return {"oneOf": [networks, {"type": "string", "enum": ["none", "auto"]}]}


_DEVICE: dict[str, Schema] = {
    "virtual_name": TEXT,
    "volume_id": UUID,
    "snapshot_id": UUID,
    "volume_size": {
        "type": ["integer", "string"],
        "pattern": "^[0-9]{1,10}\\Z",
        "minLength": 1,
        "minimum": 1,
        "maximum": 2147483647,
    },
    "device_name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._/-]*\\Z"},
    "delete_on_termination": BOOLEAN,
    "no_device": NOTHING,
    "connection_info": {"type": "string", "maxLength": 16777215},
}
_DEVICE_V2: dict[str, Schema] = {
    **_DEVICE,
    "source_type": {"type": "string", "enum": ["volume", "image", "snapshot", "blank"]},
    "uuid": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._-]*\\Z"},
    "image_id": UUID,
    "destination_type": {"type": "string", "enum": ["local", "volume"]},
    "guest_format": TEXT,
    "device_type": TEXT,
    "disk_bus": TEXT,
    "boot_index": {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]{1,9}\\Z", "maximum": 999999999},
}
VOLUME_TYPE: Schema = {"type": ["string", "null"], "maxLength": 255}


def _devices(**more: Schema) -> Schema:
    return {"type": "array", "items": item({**_DEVICE_V2, **more}), "maxItems": 255}


def _one_or_more(inner: Schema) -> Schema:
    return {"oneOf": [inner, {"type": "array", "items": inner, "maxItems": 1000}]}


HINTS: Schema = {
    "type": "object",
    "properties": {
        "group": {"oneOf": [UUID, {"type": "array", "items": UUID, "minItems": 1, "maxItems": 1}]},
        "different_host": _one_or_more(UUID),
        "same_host": {"type": ["string", "array"], "items": UUID, "maxLength": 255, "maxItems": 1000},
        "query": {"type": ["string", "object"]},
        "target_cell": NAME,
        "different_cell": _one_or_more({"type": "string"}),
        "build_near_host_ip": IP,
        "cidr": {"type": "string", "pattern": "^/[0-9a-f.:]+\\Z"},
    },
    "maxProperties": 100,
}
FILES: Schema = {"type": "array", "items": item({"path": {"type": "string"}, "contents": BASE64})}
CERTIFICATES: Schema = {
    "type": ["array", "null"],
    "minItems": 1,
    "maxItems": 50,
    "uniqueItems": True,
    "items": {"type": "string", "minLength": 1, "maxLength": 255},
}
GROUPS: Schema = {"type": "array", "items": item({"name": NAME}), "maxItems": 1000}


def _create_body(server: Schema) -> Schema:
    hints = {"os:scheduler_hints": HINTS, "OS-SCH-HNT:scheduler_hints": HINTS}
    return item({"server": server, **hints}, "server")


CREATE = dated(
    Part("name", NAME, required=True),
    Part("flavorRef", {"type": ["string", "integer"], "minLength": 1, "maxLength": 1000}, required=True),
    Part("imageRef", {"oneOf": [UUID, {"type": "string", "maxLength": 0}]}),
    Part("adminPass", TEXT),
    Part("metadata", METADATA),
    Part("networks", _network(TEXT), until=31),
    Part("networks", _network(TEXT, tag=TAG), since=32, until=36),
    Part("networks", _list_or_word(_network(UUID)), since=37, until=41, required=True),
    Part("networks", _list_or_word(_network(UUID, tag=TAG)), since=42, required=True),
    Part("OS-DCF:diskConfig", DISK_CONFIG),
    Part("accessIPv4", IPV4),
    Part("accessIPv6", IPV6),
    Part("personality", FILES, until=56),
    Part("availability_zone", NAME),
    Part("block_device_mapping", {"type": "array", "items": item(_DEVICE), "maxItems": 255}),
    Part("block_device_mapping_v2", _devices(), until=31),
    Part("block_device_mapping_v2", _devices(tag=TAG), since=32, until=32),
    Part("block_device_mapping_v2", _devices(), since=33, until=41),
    Part("block_device_mapping_v2", _devices(tag=TAG), since=42, until=66),
    Part("block_device_mapping_v2", _devices(tag=TAG, volume_type=VOLUME_TYPE), since=67),
    Part("config_drive", BOOLEAN),
    Part("key_name", NAME),
    Part("min_count", COUNT),
    Part("max_count", COUNT),
    Part("return_reservation_id", BOOLEAN),
    Part("security_groups", GROUPS),
    Part("user_data", {**BASE64, "type": ["string", "null"], "maxLength": MAX_USER_DATA}, until=0),
    Part("user_data", {**BASE64, "maxLength": MAX_USER_DATA}, since=1),
    Part("description", DESCRIPTION, since=19),
    Part("tags", TAGS, since=52),
    Part("trusted_image_certificates", CERTIFICATES, since=63),
    Part("host", HOST, since=74),
    Part("hypervisor_hostname", HOST, since=74),
    Part("hostname", SHORT_HOSTNAME, since=90, until=93),
    Part("hostname", HOSTNAME, since=94),
    wrap=_create_body,
)

UPDATE = dated(
    Part("name", NAME),
    Part("OS-DCF:diskConfig", DISK_CONFIG),
    Part("accessIPv4", IPV4),
    Part("accessIPv6", IPV6),
    Part("description", DESCRIPTION, since=19),
    Part("hostname", SHORT_HOSTNAME, since=90, until=93),
    Part("hostname", HOSTNAME, since=94),
    wrap=lambda server: wrapped("server", server),
)
