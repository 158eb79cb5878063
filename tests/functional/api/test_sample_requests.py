"""Every sample request of what is not servers is taken, over a real conductor (expected/requests.json)."""

from __future__ import annotations

import json

import pytest

from nova.base.context import admin_context
from nova.clients.fake_glance import FakeGlance, document
from nova.contracts.service import Services
from tests.functional.api.samples import EXPECTED, dated, differences, shape
from tests.functional.conductor.rows import add_server

EVERY = json.loads((EXPECTED / "requests.json").read_text())
IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b"
SERVER = "00000000-0000-4000-8000-000000000001"
ACTION = f"/servers/{SERVER}/action"
PRIVATE = {
    "flavor": {"name": "mine", "id": "mine", "ram": 1, "vcpus": 1, "disk": 0, "os-flavor-access:is_public": False}
}
GROUP = {"security_group": {"name": "test", "description": ""}}
SPECS = {"extra_specs": {"hw:numa_nodes": "1", "key1": "x"}}
TENANT = {"addTenantAccess": {"tenant": "fake_tenant"}}
QUOTAS, CLASS = "/os-quota-sets/fake_tenant", "/os-quota-class-sets/test_class"
FLAVOR, SPEC = "/flavors/mine/action", "/flavors/mine/os-extra_specs"

# How each document is sent: method, path, and what was asked before.
SENT = {
    "flavor-access-add-tenant-req": ("POST", FLAVOR, ()),
    "flavor-access-remove-tenant-req": ("POST", FLAVOR, [("POST", FLAVOR, TENANT)]),
    "flavor-create-req": ("POST", "/flavors", ()),
    "flavor-create-post-req": ("POST", "/flavors", ()),
    "flavor-update-req": ("PUT", "/flavors/mine", ()),
    "flavor-extra-specs-create-req": ("POST", SPEC, ()),
    "flavor-extra-specs-create-req in newton": ("POST", SPEC, ()),
    "flavor-extra-specs-update-req": ("PUT", f"{SPEC}/hw:numa_nodes", [("POST", SPEC, SPECS)]),
    "flavor-extra-specs-update-req in newton": ("PUT", f"{SPEC}/key1", [("POST", SPEC, SPECS)]),
    "image-meta-key-put-req": ("PUT", f"/images/{IMAGE}/metadata/auto_disk_config", ()),
    "image-metadata-post-req": ("POST", f"/images/{IMAGE}/metadata", ()),
    "image-metadata-put-req": ("PUT", f"/images/{IMAGE}/metadata", ()),
    "keypairs-import-post-req": ("POST", "/os-keypairs", ()),
    "keypairs-post-req": ("POST", "/os-keypairs", ()),
    "quota-classes-update-post-req": ("PUT", CLASS, ()),
    "quotas-update-force-post-req": ("PUT", QUOTAS, ()),
    "quotas-update-post-req": ("PUT", QUOTAS, ()),
    "quotas-update-post-req in newton": ("PUT", QUOTAS, ()),
    "user-quotas-update-post-req": ("PUT", f"{QUOTAS}?user_id=1", ()),
    "security-group-post-req": ("POST", "/os-security-groups", ()),
    "security-group-add-post-req": ("POST", ACTION, [("POST", "/os-security-groups", GROUP)]),
    "security-group-remove-post-req": (
        "POST",
        ACTION,
        [("POST", "/os-security-groups", GROUP), ("POST", ACTION, {"addSecurityGroup": {"name": "test"}})],
    ),
    "service-disable-log-put-req": ("PUT", "/os-services/disable-log-reason", ()),
    "service-disable-put-req": ("PUT", "/os-services/disable", ()),
    "service-enable-put-req": ("PUT", "/os-services/enable", ()),
    "service-force-down-put-req": ("PUT", "/os-services/force-down", ()),
}


@pytest.fixture
def admin(cloud, conductor, database):
    cloud.images = FakeGlance()
    cloud.images.add(document(IMAGE, b"x", name="cirros", auto_disk_config="True"), b"x")
    services = cloud.bus.client(Services)
    services.beat(admin_context(), binary="nova-compute", host="host1", topic="compute")
    database.transaction(lambda conn: add_server(conn, "fake", "fake", uuid=SERVER, display_name="web", hostname="web"))
    client = cloud.client("admin", "fake")
    assert client("POST", "/flavors", PRIVATE).status_int == 200
    return client


def test_every_document_is_sent():
    assert SENT.keys() == EVERY.keys()


@pytest.mark.parametrize(
    ("name", "version"), [(name, int(version)) for name, versions in EVERY.items() for version in versions]
)
def test_a_sample_request_is_taken(admin, name, version):
    method, path, before = SENT[name]
    for prepared in before:
        assert admin(*prepared).status_int in (200, 202)
    if path.startswith("/os-services") and version >= 53:
        path = f"/os-services/{admin('GET', '/os-services', version='2.53').json['services'][0]['id']}"
    answer = admin(method, path, EVERY[name][str(version)], version=f"2.{version}")
    wanted = 202 if path == ACTION else 201 if path == "/os-keypairs" and version >= 2 else 200
    assert answer.status_int == wanted, answer.json


@pytest.mark.parametrize("name,version,wanted", dated("flavor-access") + dated("flavor-extra-specs"))
def test_the_shapes_of_what_hangs_on_flavors_are_those_of_the_samples(admin, name, version, wanted):
    admin("POST", SPEC, SPECS)
    added = admin("POST", FLAVOR, TENANT)
    answers = {
        "flavor-access-add-tenant": lambda: added,
        "flavor-access-list": lambda: admin("GET", "/flavors/mine/os-flavor-access"),
        "flavor-access-remove-tenant": lambda: admin("POST", FLAVOR, {"removeTenantAccess": {"tenant": "fake_tenant"}}),
        "flavor-extra-specs": lambda: admin("GET", f"{SPEC}/hw:numa_nodes"),
        "flavor-extra-specs-create": lambda: admin("POST", SPEC, SPECS),
        "flavor-extra-specs-list": lambda: admin("GET", SPEC),
    }
    assert not differences(shape(answers[name]().json), wanted)
