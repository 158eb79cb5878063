"""/os-networks and /os-tenant-networks over a real conductor."""

from __future__ import annotations

import pytest

from nova.base.context import admin_context
from nova.contracts.cloud_network import CloudNetworks, NewNetworks
from tests.functional.api.samples import dated, differences, shape

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def networks(cloud, conductor):
    """A shared network and one of another project."""
    client = cloud.bus.client(CloudNetworks)

    def make(label, cidr, vlan, **more):
        wish = NewNetworks(label=label, manager="vlan", cidr=cidr, vlan=vlan, bridge_interface="eth1", **more)
        return client.create(admin_context(), wish=wish)[0]

    return make("shared", "10.1.0.0/24", 100), make("theirs", "10.2.0.0/24", 101, project_id="p2")


@pytest.fixture
def admin(cloud, networks):
    return cloud.client("admin", "admin")


@pytest.fixture
def alice(cloud, networks):
    return cloud.client()


@pytest.mark.parametrize("document,version,wanted", dated("os-networks"))
def test_administrators_are_shown_all_keys_of_the_sample(admin, networks, document, version, wanted):
    assert not differences(shape(admin("GET", f"/os-networks/{networks[0].uuid}").json), wanted)
    listed, shown = admin("GET", "/os-networks").json["networks"], admin("GET", f"/os-networks/{networks[0].uuid}").json
    assert listed[0].keys() == shown["network"].keys()


@pytest.mark.parametrize("document,version,wanted", dated("os-tenant-networks"))
def test_the_shapes_of_tenant_networks_are_those_of_the_sample(alice, document, version, wanted):
    assert not differences(shape(alice("GET", "/os-tenant-networks").json), wanted)


def test_projects_see_shared_networks_and_their_own(cloud, alice, admin):
    for path in ("/os-networks", "/os-tenant-networks"):
        assert [network["label"] for network in alice("GET", path).json["networks"]] == ["shared"]
        assert len(admin("GET", path).json["networks"]) == 2
        theirs = cloud.client("bob", "p2")("GET", path).json["networks"]
        assert "theirs" in [network["label"] for network in theirs]


def test_how_a_network_is_made_is_the_administrators(alice, admin, networks):
    path = f"/os-networks/{networks[0].uuid}"
    shown, all_of_it = alice("GET", path).json["network"], admin("GET", path).json["network"]
    assert shown["cidr"] == "10.1.0.0/24" and shown["netmask"] == "255.255.255.0" and shown["label"] == "shared"
    assert shown["id"] == networks[0].uuid and "bridge" not in shown and "vlan" not in shown
    assert all_of_it["vlan"] == 100 and all_of_it["bridge_interface"] == "eth1" and all_of_it["deleted"] is False
    assert len(all_of_it["created_at"]) == len("2026-01-02T03:04:05.000000")


def test_one_network(alice, networks):
    shared, theirs = networks
    brief = {"network": {"id": shared.uuid, "cidr": "10.1.0.0/24", "label": "shared"}}
    assert alice("GET", f"/os-tenant-networks/{shared.uuid}").json == brief
    for path in ("/os-networks", "/os-tenant-networks"):
        for one in (theirs.uuid, UNKNOWN, "x", "9" * 40):
            assert alice("GET", f"{path}/{one}").status_int == 404


@pytest.mark.parametrize("path", ["/os-networks", "/os-tenant-networks", "/os-networks/1", "/os-tenant-networks/1"])
def test_networks_end_with_2_36(alice, path):
    assert alice("GET", path, version="2.36").status_int == 404
