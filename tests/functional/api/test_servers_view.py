"""What a server looks like at every microversion, against the keys that clients know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.functional.api.fake_daemons import FAULT, make_server

KNOWN = json.loads(Path(__file__).with_name("server_keys.json").read_text())
UUID = make_server().uuid
FREE = (".metadata", ".properties", ".extra_specs", ".scheduler_hints")
# Keys that only administrators are shown; samples of some versions were taken by others.
ADMIN_ONLY = {
    "host_status",
    *(f"OS-EXT-SRV-ATTR:{name}" for name in ("host", "hypervisor_hostname", "instance_name", "reservation_id")),
    *(f"OS-EXT-SRV-ATTR:{name}" for name in ("launch_index", "kernel_id", "ramdisk_id", "root_device_name")),
    *(f"OS-EXT-SRV-ATTR:{name}" for name in ("user_data", "hostname")),
}


def keys(value, at=""):
    """Every key of a document as a path; keys that users choose are left out, networks are called *."""
    found = set()
    if isinstance(value, dict) and not at.endswith(FREE):
        for key, inner in value.items():
            path = f"{at}.{'*' if at.endswith('.addresses') else key}"
            found |= {path.removeprefix(".")} | keys(inner, path)
    elif isinstance(value, list):
        for inner in value:
            found |= keys(inner, f"{at}[]")
    return found


def expected():
    return [(kind, int(version)) for kind, versions in KNOWN.items() for version in versions]


def ask(client, kind, version):
    path = {"show": f"/servers/{UUID}", "update": f"/servers/{UUID}", "detail": "/servers/detail", "list": "/servers"}
    method, body = ("PUT", {"server": {"name": "other"}}) if kind == "update" else ("GET", None)
    answer = client(method, "/p1" + path[kind], body, version=f"2.{version}")
    assert answer.status_int == 200, answer.text
    return answer.json.get("server") or answer.json["servers"][0]


@pytest.mark.parametrize("kind,version", expected())
def test_the_keys_are_those_of_the_samples(cloud, servers, kind, version):
    wanted = set(KNOWN[kind][str(version)].split())
    if not any(key.startswith("os-extended-volumes:volumes_attached[]") for key in wanted):
        servers.put(make_server(volumes=[]))
    shown = keys(ask(cloud.client(user="admin"), kind, version))
    assert shown - ADMIN_ONLY == wanted - ADMIN_ONLY
    assert shown >= wanted


@pytest.mark.parametrize("version", [1, 3, 16, 89, 103])
def test_owners_do_not_see_what_is_the_administrators(cloud, servers, version):
    shown = keys(ask(cloud.client(), "show", version))
    allowed = {"OS-EXT-SRV-ATTR:hostname"} if version >= 90 else set()
    assert shown & ADMIN_ONLY == allowed


def test_values(cloud, servers):
    shown = ask(cloud.client(user="admin"), "show", 103)
    assert shown["status"] == "ACTIVE" and shown["OS-EXT-STS:power_state"] == 1
    assert shown["created"] == "2026-01-02T03:04:05Z" and shown["updated"] == "2026-01-02T03:04:05Z"
    assert shown["OS-SRV-USG:launched_at"] == "2026-01-02T03:04:05.000678"
    assert shown["OS-EXT-SRV-ATTR:instance_name"] == "instance-00000001"
    assert shown["config_drive"] == "" and shown["key_name"] is None and shown["accessIPv4"] == ""
    assert len(shown["hostId"]) == 56
    assert shown["addresses"]["private"] == [
        {"addr": "10.0.0.2", "version": 4, "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01"},
        {
            "addr": "192.0.2.9",
            "version": 4,
            "OS-EXT-IPS:type": "floating",
            "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01",
        },
    ]
    assert shown["links"] == [
        {"rel": "self", "href": f"http://openstack.example.com/v2.1/p1/servers/{UUID}"},
        {"rel": "bookmark", "href": f"http://openstack.example.com/p1/servers/{UUID}"},
    ]


def test_links_follow_the_public_address_and_the_path(cloud, servers):
    cloud.conf.set_override("osapi_compute_link_prefix", "https://cloud.example.org/compute")
    shown = cloud.client()("GET", f"/servers/{UUID}").json["server"]
    assert shown["links"][0]["href"] == f"https://cloud.example.org/compute/v2.1/servers/{UUID}"
    assert shown["image"]["links"][0]["href"].startswith("https://cloud.example.org/compute/images/")


def test_a_fault_keeps_its_inside_words_for_administrators(cloud, servers):
    servers.put(make_server(vm_state="error", fault=FAULT))
    shown = ask(cloud.client(), "show", 1)
    assert shown["status"] == "ERROR" and "progress" not in shown
    assert shown["fault"] == {"code": 500, "created": "2026-01-02T03:04:05Z", "message": "No valid host was found."}
    assert ask(cloud.client(user="admin"), "show", 1)["fault"]["details"] == "inside words"


def test_addresses_are_hidden_while_building(cloud, servers):
    servers.put(make_server(vm_state="building", task_state="spawning"))
    assert ask(cloud.client(), "show", 1)["addresses"] == {}
    assert list(ask(cloud.client(user="admin"), "show", 1)["addresses"]) == ["private"]


def test_another_projects_server_is_not_found(cloud, servers):
    answer = cloud.client(user="bob", project="p2")("GET", f"/servers/{UUID}")
    assert answer.status_int == 404
    assert answer.json == {"itemNotFound": {"code": 404, "message": f"Instance {UUID} could not be found."}}


def test_a_look_is_one_question(cloud, servers):
    cloud.client()("GET", f"/servers/{UUID}")
    assert servers.asked == [("get", UUID)]
