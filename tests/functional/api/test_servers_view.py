"""What the keys of a server hold. Which there are at each microversion: test_servers_samples.py."""

from __future__ import annotations

from tests.functional.api.fake_daemons import FAULT, make_server

UUID = make_server().uuid


def ask(client, version):
    answer = client("GET", f"/p1/servers/{UUID}", version=f"2.{version}")
    assert answer.status_int == 200, answer.text
    return answer.json["server"]


def test_values(cloud, servers):
    shown = ask(cloud.client(user="admin"), 103)
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
    shown = ask(cloud.client(), 1)
    assert shown["status"] == "ERROR" and "progress" not in shown
    assert shown["fault"] == {"code": 500, "created": "2026-01-02T03:04:05Z", "message": "No valid host was found."}
    assert ask(cloud.client(user="admin"), 1)["fault"]["details"] == "inside words"


def test_addresses_are_hidden_while_building(cloud, servers):
    servers.put(make_server(vm_state="building", task_state="spawning"))
    assert ask(cloud.client(), 1)["addresses"] == {}
    assert list(ask(cloud.client(user="admin"), 1)["addresses"]) == ["private"]


def test_another_projects_server_is_not_found(cloud, servers):
    answer = cloud.client(user="bob", project="p2")("GET", f"/servers/{UUID}")
    assert answer.status_int == 404
    assert answer.json == {"itemNotFound": {"code": 404, "message": f"Instance {UUID} could not be found."}}


def test_a_look_is_one_question(cloud, servers):
    cloud.client()("GET", f"/servers/{UUID}")
    assert servers.asked == [("get", UUID)]
