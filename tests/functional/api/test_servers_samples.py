"""Every sample document of servers and what hangs on them: what is answered has its shape, what is sent is taken."""

from __future__ import annotations

import json

import msgspec
import pytest

from nova.contracts.image import Image
from tests.functional.api.fake_daemons import (
    FakeConsoleAuth,
    FakeImages,
    FakeInstanceActions,
    fake_compute,
    make_server,
)
from tests.functional.api.samples import EXPECTED, dated, differences, shape

REQUESTS = json.loads((EXPECTED / "server-requests.json").read_text())
IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b"
SERVER = make_server(task_state=None)
ROOT = f"/servers/{SERVER.uuid}"
CREATE = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1", "networks": []}}
VNC = {"remote_console": {"protocol": "vnc", "type": "novnc"}}

# How each document is asked for: method, path and body.
ASKED = {
    "list": ("GET", "/servers", None),
    "list linked": ("GET", "/servers?limit=1", None),
    "detail": ("GET", "/servers/detail", None),
    "show": ("GET", ROOT, None),
    "update": ("PUT", ROOT, {"server": {"name": "other"}}),
    "create": ("POST", "/servers", CREATE),
    "create reservation": ("POST", "/servers", {"server": {**CREATE["server"], "return_reservation_id": True}}),
    "ips": ("GET", f"{ROOT}/ips", None),
    "one metadata item": ("GET", f"{ROOT}/metadata/role", None),
    "tags": ("GET", f"{ROOT}/tags", None),
    "tags put": ("PUT", f"{ROOT}/tags", {"tags": ["a"]}),
    "actions": ("GET", f"{ROOT}/os-instance-actions", None),
    "actions linked": ("GET", f"{ROOT}/os-instance-actions?limit=1", None),
    "action": ("GET", f"{ROOT}/os-instance-actions/req-1", None),
    "action seen by its owner": ("GET", f"{ROOT}/os-instance-actions/req-1", None),
    "interfaces": ("GET", f"{ROOT}/os-interface", None),
    "interface": ("GET", f"{ROOT}/os-interface/{SERVER.vifs[0].id}", None),
    "console": ("POST", f"{ROOT}/action", {"os-getVNCConsole": {"type": "novnc"}}),
    "remote console": ("POST", f"{ROOT}/remote-consoles", VNC),
    "console output": ("POST", f"{ROOT}/action", {"os-getConsoleOutput": {"length": 3}}),
}


@pytest.fixture
def answered(cloud, servers):
    """Asks as a user, of daemons that have one of everything."""
    done = FakeInstanceActions()
    done.action = msgspec.structs.replace(done.action, updated_at=done.action.start_time)
    cloud.serve([done])
    cloud.serve([fake_compute()], topic="compute", host="node1")
    cloud.serve([FakeConsoleAuth()], topic="consoleauth")
    cloud.images = FakeImages(Image(id=IMAGE))

    def ask(user, version, method, path, body):
        return cloud.client(user=user)(method, path, body, version=f"2.{version}")

    return ask


@pytest.mark.parametrize(
    ("document", "version", "wanted"), [pytest.param(*each, id=f"{each[0]}-2.{each[1]}") for each in dated("servers")]
)
def test_an_answer_has_the_shape_of_its_sample(answered, document, version, wanted):
    user = "admin" if document == "action" else "alice"
    answer = answered(user, version, *ASKED[document])
    assert answer.status_int in (200, 202), answer.text
    assert not differences(shape(answer.json), wanted)


def test_every_way_of_asking_has_a_sample():
    assert set(ASKED) == {document for document, _, _ in dated("servers")}


# (microversion, keys) that administrators see beside the owner's, in all that shows a server in full.
ATTRIBUTES = "OS-EXT-SRV-ATTR:"
PLACE = {f"{ATTRIBUTES}{name}" for name in ("host", "hypervisor_hostname", "instance_name")}
PARTS = {
    f"{ATTRIBUTES}{name}"
    for name in ("reservation_id", "launch_index", "kernel_id", "ramdisk_id", "root_device_name", "user_data")
}
HOSTNAME = {f"{ATTRIBUTES}hostname"}
MORE_FOR_ADMINISTRATORS = [
    (1, PLACE),
    (2, PLACE),
    (3, PLACE | PARTS | HOSTNAME),
    (15, PLACE | PARTS | HOSTNAME),
    (16, PLACE | PARTS | HOSTNAME | {"host_status"}),
    (89, PLACE | PARTS | HOSTNAME | {"host_status"}),
    (90, PLACE | PARTS | {"host_status"}),
    (103, PLACE | PARTS | {"host_status"}),
]


@pytest.mark.parametrize("document", ["show", "detail", "update"])
@pytest.mark.parametrize(("version", "more"), MORE_FOR_ADMINISTRATORS)
def test_administrators_see_more(answered, document, version, more):
    seen = []
    for user in ("alice", "admin"):
        shown = answered(user, version, *ASKED[document]).json
        seen.append(set(shown.get("server") or shown["servers"][0]))
    assert seen[1] - seen[0] == (more if document != "update" or version >= 75 else set())
    assert seen[0] <= seen[1]


# Where each sample request goes.
SENT = {
    "server-update-req": ("PUT", ROOT),
    "server-put-req": ("PUT", ROOT),
    "server-action": ("POST", f"{ROOT}/action"),
    "server-metadata-all-req": ("PUT", f"{ROOT}/metadata"),
    "server-metadata-req": ("PUT", f"{ROOT}/metadata/foo"),
    "server-tags-put-all-req": ("PUT", f"{ROOT}/tags"),
    "get-vnc-console-post-req": ("POST", f"{ROOT}/action"),
}


@pytest.mark.parametrize(
    ("name", "version", "body"),
    [
        pytest.param(name, int(version), body, id=f"{name}-2.{version}")
        for name, versions in REQUESTS.items()
        for version, body in versions.items()
    ],
)
def test_a_sample_request_is_taken(answered, name, version, body):
    method, path = next((where for prefix, where in SENT.items() if name.startswith(prefix)), ("POST", "/servers"))
    answer = answered("admin", version, method, path, body)
    devices = body.get("server", {}).get("block_device_mapping_v2", [{}])
    if devices[0].get("destination_type") == "volume":
        assert answer.status_int == 400 and "no volumes" in answer.json["badRequest"]["message"]
    else:
        assert answer.status_int in (200, 202), answer.text
