"""POST /servers: what reaches the conductor, and what never does."""

from __future__ import annotations

import base64

import pytest

from nova.contracts.image import Image
from tests.functional.api.fake_daemons import FakeImages

IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b"
KERNEL = "70a599e0-31e7-49b7-b260-868f441e8601"
NETWORK = "3cb9bc59-5699-4588-a4b1-b87f96708bc6"
OTHER = "5ddcd0b4-1f0f-4a4b-8d4e-3a4e6a6a7b10"


@pytest.fixture
def ask(cloud, servers):
    cloud.images = FakeImages(
        Image(id=IMAGE, name="cirros", properties={"kernel_id": KERNEL, "ramdisk_id": ""}), Image(id=KERNEL)
    )

    def post(version="2.1", user="alice", hints=None, headers=None, root="/v2.1", **server):
        body = {"server": {"name": "web", "imageRef": IMAGE, "flavorRef": "1", **server}}
        if int(version[2:]) >= 37 and "networks" not in server:
            body["server"]["networks"] = "auto"
        if hints:
            body["os:scheduler_hints"] = hints
        for key in [key for key, value in body["server"].items() if value is ...]:
            del body["server"][key]
        return cloud.client(user=user)("POST", "/p1/servers", body, version=version, headers=headers, root=root)

    return post


def asked(servers):
    return next(question[1] for question in servers.asked if question[0] == "create")


def refused(servers, answer, status=400):
    assert answer.status_int == status, answer.text
    assert not [question for question in servers.asked if question[0] == "create"]
    return next(iter(answer.json.values()))["message"]


def test_a_server_is_asked_for_with_one_question(ask, servers):
    answer = ask()
    assert answer.status_int == 202
    uuid = servers.answer.servers[0]
    assert answer.headers["Location"] == f"http://openstack.example.com/v2.1/p1/servers/{uuid}"
    shown = answer.json["server"]
    assert set(shown) == {"OS-DCF:diskConfig", "adminPass", "id", "links", "security_groups"}
    assert shown["id"] == uuid and shown["security_groups"] == [{"name": "default"}] and len(shown["adminPass"]) == 12
    request = asked(servers)
    assert (request.name, request.flavorid, request.image.id) == ("web", "1", IMAGE)
    assert request.kernel.id == KERNEL and request.ramdisk is None
    assert (request.min_count, request.max_count, request.networks) == (1, 1, None)
    assert len(servers.asked) == 1


def test_everything_that_can_be_said(ask, servers):
    data = base64.b64encode(b"#!/bin/sh\n").decode()
    answer = ask(
        "2.52",
        flavorRef="http://openstack.example.com/flavors/7",
        networks=[{"uuid": NETWORK, "fixed_ip": "10.0.0.9", "tag": "nic"}],
        security_groups=[{"name": "web"}, {"name": "web"}, {"name": "ssh"}],
        key_name="mine",
        user_data=data,
        config_drive="yes",
        metadata={"a b": "1"},
        personality=[{"path": "/etc/motd", "contents": data}],
        adminPass="secret",
        availability_zone="nova",
        tags=["a", "b", "a"],
        description="words",
        accessIPv4="192.0.2.1",
        accessIPv6="2001:db8::1",
        hints={"same_host": OTHER},
        **{"OS-DCF:diskConfig": "AUTO"},
    )
    assert answer.status_int == 202 and answer.json["server"]["adminPass"] == "secret"
    request = asked(servers)
    assert request.flavorid == "7"
    (network,) = request.networks
    assert (network.network, network.fixed_ip, network.tag) == (NETWORK, "10.0.0.9", "nic")
    assert request.security_groups == ["web", "ssh"] and request.tags == ["a", "b"]
    assert request.config_drive and request.user_data == data and request.key_name == "mine"
    assert request.metadata == {"a b": "1"} and request.files[0].path == "/etc/motd"
    assert request.hints == {"same_host": OTHER} and request.description == "words"
    assert (request.access_ip_v4, request.access_ip_v6, request.disk_config) == ("192.0.2.1", "2001:db8::1", "AUTO")


def test_several_at_once(ask, servers):
    answer = ask(min_count="2", max_count=3, return_reservation_id=True)
    assert answer.json == {"reservation_id": "r-2"}
    assert (asked(servers).min_count, asked(servers).max_count) == (2, 3)


def test_the_same_token_and_body_have_the_same_digest(ask, servers):
    headers = {"X-Client-Token": "once"}
    for _ in range(2):
        assert ask(headers=headers).status_int == 202
    first, second = (question[1] for question in servers.asked)
    assert first.client_token == "once" and first.client_digest == second.client_digest
    ask(headers=headers, name="other")
    assert servers.asked[-1][1].client_digest != first.client_digest


@pytest.mark.parametrize(("token", "status"), [("t" * 255, 202), ("t" * 256, 400), ("", 400), ("a\tb", 400)])
def test_a_token_is_bounded_text(ask, servers, token, status):
    answer = ask(headers={"X-Client-Token": token})
    assert (answer.status_int, len(servers.asked)) == (status, status == 202)
    assert status == 202 or "X-Client-Token" in answer.json["badRequest"]["message"]


JUST_FITS = [
    ("2.1", {"name": "x" * 255}),
    ("2.1", {"name": "x" * 253, "max_count": 9}),
    ("2.1", {"metadata": {"k" * 255: "v" * 255, "a.b:c-d_e f": ""}}),
    ("2.1", {"user_data": "A" * 65532}),
    ("2.1", {"key_name": "k" * 255}),
    ("2.1", {"availability_zone": "z" * 255}),
    ("2.1", {"security_groups": [{"name": "g" * 255}]}),
    ("2.1", {"flavorRef": 7}),
    ("2.1", {"block_device_mapping_v2": [{"source_type": "blank", "volume_size": "2147483647"}]}),
    ("2.19", {"description": "d" * 255}),
    ("2.19", {"description": None}),
    ("2.19", {"description": ""}),
    ("2.52", {"tags": [f"{number:060}" for number in range(50)]}),
    ("2.63", {"trusted_image_certificates": ["c" * 255, *(str(n) for n in range(49))]}),
    ("2.63", {"trusted_image_certificates": None}),
    ("2.90", {"hostname": "a" * 63}),
    ("2.94", {"hostname": "a" * 255}),
]


@pytest.mark.parametrize("version,server", JUST_FITS, ids=[f"{v} {next(iter(s))}" for v, s in JUST_FITS])
def test_what_just_fits_is_taken(ask, servers, version, server):
    answer = ask(version, **server)
    assert answer.status_int == 202, answer.text
    assert asked(servers)


def test_a_zone_may_name_a_host_for_administrators(ask, servers):
    assert "forced_host" in refused(servers, ask(availability_zone="nova:node1"), 403)
    assert ask(user="admin", availability_zone="nova:node1:n1").status_int == 202
    request = asked(servers)
    assert (request.availability_zone, request.forced_host, request.forced_node) == ("nova", "node1", "n1")


def test_a_destination_is_for_administrators_since_2_74(ask, servers):
    assert "requested_destination" in refused(servers, ask("2.74", host="node1"), 403)
    assert "host" in refused(servers, ask("2.73", user="admin", host="node1"))
    assert ask("2.74", user="admin", host="node1", hypervisor_hostname="n1").status_int == 202
    assert (asked(servers).requested_host, asked(servers).requested_node) == ("node1", "n1")


def test_the_description_was_the_name_until_2_19(ask, servers):
    ask()
    ask("2.19")
    assert [question[1].description for question in servers.asked] == ["web", None]


def test_blank_disks_and_the_image_itself(ask, servers):
    disks = [
        {"source_type": "image", "uuid": IMAGE, "destination_type": "local", "boot_index": 0},
        {"source_type": "blank", "destination_type": "local", "volume_size": "512", "guest_format": "swap"},
        {"source_type": "blank", "destination_type": "local", "volume_size": 2, "guest_format": "ext4"},
    ]
    assert ask(block_device_mapping_v2=disks).status_int == 202
    image, swap, ephemeral = asked(servers).block_devices
    assert (image.image_id, image.boot_index) == (IMAGE, 0)
    assert (swap.source, swap.size_gb, swap.swap_mb, swap.boot_index) == ("blank", 0, 512, None)
    assert (ephemeral.size_gb, ephemeral.swap_mb, ephemeral.guest_format) == (2, 0, "ext4")


def test_a_group_may_come_as_a_list_and_a_neighbour_as_any_word(ask, servers):
    assert ask(hints={"group": [OTHER], "same_host": "anything"}).status_int == 202
    assert asked(servers).hints == {"group": OTHER, "same_host": "anything"}


def test_a_host_name_stays_as_it_was_said(ask, servers):
    assert ask("2.94", hostname="Web.Example.COM").status_int == 202
    assert asked(servers).hostname == "Web.Example.COM"


@pytest.mark.parametrize(
    "server,rule",
    [
        ({"networks": [{"uuid": NETWORK}]}, ":attach_network"),
        ({"networks": "auto"}, ":attach_network"),
        ({"block_device_mapping_v2": [{"source_type": "blank", "volume_size": 1}]}, ":attach_volume"),
        ({"trusted_image_certificates": ["c"]}, ":trusted_certs"),
        ({}, ""),
    ],
)
def test_each_rule_of_a_create_is_heeded(ask, servers, cloud, tmp_path, server, rule):
    name = f"os_compute_api:servers:create{rule}"
    cloud.decree(tmp_path, name, "!")
    assert f" {name} " in refused(servers, ask("2.63", **{"networks": "none"} | server), 403)
    if server:
        assert ask("2.63", networks="none").status_int == 202


@pytest.mark.parametrize("user,allowed", [("alice", False), ("admin", True)])
def test_who_may_boot_without_a_bound_to_the_disk(ask, servers, user, allowed):
    ask(user=user)
    assert asked(servers).zero_disk is allowed


def test_v2_takes_what_it_does_not_know(ask, servers):
    assert ask(root="/v2", name=" web ", surprise=1).status_int == 202
    assert asked(servers).name == "web"


BAD = [
    ({"name": ""}, "server.name"),
    ({"name": " web"}, "server.name"),
    ({"name": "x" * 256}, "server.name"),
    ({"name": 7}, "server.name"),
    ({"name": ...}, "'name' is a required property"),
    ({"flavorRef": ...}, "'flavorRef' is a required property"),
    ({"flavorRef": ""}, "server.flavorRef"),
    ({"imageRef": "not-a-uuid"}, "server.imageRef"),
    ({"imageRef": OTHER}, OTHER),
    ({"imageRef": ...}, "volumes"),
    ({"surprise": 1}, "'surprise' was unexpected"),
    ({"min_count": 0}, "server.min_count"),
    ({"min_count": "x"}, "server.min_count"),
    ({"min_count": 3, "max_count": 2}, "min_count must be <= max_count"),
    ({"min_count": "0"}, "server.min_count"),
    ({"max_count": "0"}, "server.max_count"),
    ({"name": "x" * 254, "max_count": 2}, "server.name"),
    ({"metadata": {"k": 1}}, "server.metadata.k"),
    ({"metadata": {"k" * 256: "v"}}, "server.metadata"),
    ({"metadata": {"k": "v" * 256}}, "server.metadata.k"),
    ({"networks": [{"uuid": "x"}]}, "server.networks[0].uuid"),
    ({"networks": [{"fixed_ip": "10.0.0.1"}]}, "server.networks[0]"),
    ({"networks": [{"uuid": NETWORK, "fixed_ip": "10.0.0.999"}]}, "server.networks[0].fixed_ip"),
    ({"networks": [{"port": OTHER}]}, "server.networks[0].port"),
    ({"networks": [{"uuid": NETWORK}, {"uuid": NETWORK}]}, "Duplicate networks"),
    ({"networks": [{"uuid": NETWORK, "fixed_ip": "10.0.0.1"}], "max_count": 2}, "fixed IP"),
    ({"networks": "auto"}, "server.networks"),
    ({"user_data": "not base64!"}, "server.user_data"),
    ({"user_data": "A" * 65540}, "server.user_data"),
    ({"config_drive": "perhaps"}, "server.config_drive"),
    ({"personality": [{"path": "/x"}]}, "personality"),
    ({"personality": [{"path": "/x", "contents": "?"}]}, "server.personality[0].contents"),
    ({"availability_zone": "a:b:c:d"}, "server.availability_zone"),
    ({"key_name": ""}, "server.key_name"),
    ({"accessIPv4": "::1"}, "server.accessIPv4"),
    ({"OS-DCF:diskConfig": "maybe"}, "server.OS-DCF:diskConfig"),
    ({"security_groups": [{"id": 1}]}, "server.security_groups[0]"),
    ({"block_device_mapping": [{"volume_id": OTHER, "device_name": "vda"}]}, "volumes"),
    ({"block_device_mapping_v2": [{"source_type": "volume", "uuid": OTHER, "boot_index": 0}]}, "volumes"),
    ({"block_device_mapping_v2": [{"source_type": "blank", "destination_type": "volume"}]}, "volumes"),
    ({"block_device_mapping_v2": [{"source_type": "blank"}]}, "volume_size"),
    ({"block_device_mapping_v2": [{"source_type": "blank", "volume_size": "0"}]}, "volume_size"),
    ({"block_device_mapping_v2": [{"source_type": "blank", "volume_size": "2147483648"}]}, "volume_size"),
    ({"block_device_mapping_v2": [{"source_type": "blank", "boot_index": "1000000000"}]}, "boot_index"),
    ({"block_device_mapping_v2": [{"source_type": "image", "uuid": OTHER, "boot_index": 0}]}, "imageRef"),
    ({"hints": {"group": "x"}}, "group"),
    ({"hints": {"group": [OTHER, IMAGE]}}, "group"),
    ({"hints": {"group": []}}, "group"),
    ({"hints": {"different_host": ["x"]}}, "different_host"),
    ({"hints": {"same_host": ["x"]}}, "same_host"),
    ({"hints": {"build_near_host_ip": "x"}}, "build_near_host_ip"),
    ({"hints": {"cidr": "24"}}, "cidr"),
    ({"hints": {"target_cell": ""}}, "target_cell"),
    ({"tags": ["a"]}, "'tags' was unexpected"),
    ({"hostname": "web"}, "'hostname' was unexpected"),
]


@pytest.mark.parametrize("server,words", BAD)
def test_what_is_out_of_bounds_is_named_and_nothing_is_made(ask, servers, server, words):
    assert words in refused(servers, ask(**server))


@pytest.mark.parametrize(
    "version,server,words",
    [
        ("2.37", {"networks": ...}, "'networks' is a required property"),
        ("2.37", {"networks": [{"uuid": "br-" + NETWORK}]}, "networks"),
        ("2.57", {"personality": []}, "'personality' was unexpected"),
        ("2.52", {"tags": ["a,b"]}, "server.tags[0]"),
        ("2.52", {"tags": ["t"] * 51}, "server.tags"),
        ("2.32", {"networks": [{"uuid": NETWORK, "tag": "a/b"}]}, "server.networks[0].tag"),
        ("2.37", {"networks": [{"uuid": NETWORK, "tag": "nic"}]}, "networks"),
        ("2.90", {"hostname": "a.b"}, "server.hostname"),
        ("2.90", {"hostname": "a" * 64}, "server.hostname"),
        ("2.94", {"hostname": "a" * 256}, "server.hostname"),
        ("2.94", {"hostname": "a" * 254, "max_count": 2}, "server.hostname"),
        ("2.19", {"description": "d" * 256}, "server.description"),
        ("2.19", {"description": "\x07"}, "server.description"),
        ("2.74", {"host": "a b"}, "server.host"),
        ("2.63", {"trusted_image_certificates": [str(n) for n in range(51)]}, "server.trusted_image_certificates"),
        ("2.66", {"block_device_mapping_v2": [{"volume_type": "fast"}]}, "'volume_type' was unexpected"),
        ("2.33", {"block_device_mapping_v2": [{"tag": "disk"}]}, "'tag' was unexpected"),
        ("2.63", {"trusted_image_certificates": []}, "server.trusted_image_certificates"),
    ],
)
def test_bounds_move_with_the_microversion(ask, servers, version, server, words):
    if server.get("networks") is ...:
        server = {"networks": "auto"} | server
    assert words in refused(servers, ask(version, **server))


@pytest.mark.parametrize(
    "raw,words",
    [
        (b"{", "line 1 column 2"),
        (b"", "nothing was sent"),
        (b"[]", "JSON object is expected"),
        (b'{"server": {"name": "a", "name": "b"}}', "'name' is given twice"),
        (b'{"server": NaN}', "NaN"),
        (b'{"server": 1e999}', "1e999 is out of bounds"),
        (b'{"server": 9223372036854775808}', "out of bounds"),
        (b'{"server": ' + b"9" * 5000 + b"}", "out of bounds"),
        (b'{"server": "\\u0000"}', "NUL"),
        (b'{"server": "\\ud800"}', "Unicode"),
        (b'{"server": "\xff"}', "not UTF-8 at byte"),
        (b'{"server": ' + b"[" * 100 + b"]" * 100 + b"}", "deeper than"),
        (b'{"server": ' + b"[" * 40000, "deeper than"),
    ],
)
def test_malformed_json_is_located(cloud, servers, raw, words):
    answer = cloud.client()("POST", "/servers", raw=raw)
    assert words in refused(servers, answer)


def test_another_media_type_is_refused(cloud, servers):
    answer = cloud.client()("POST", "/servers", raw=b"<server/>", headers={"Content-Type": "application/xml"})
    assert answer.status_int == 415 and "application/xml" in answer.json["badMediaType"]["message"]
