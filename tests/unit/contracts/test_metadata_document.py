"""What a guest is told of itself, by version."""

from __future__ import annotations

import base64

import msgspec
import pytest

from nova.contracts import metadata_document as document
from nova.contracts.guest import BlockDevice, InjectedFile
from nova.contracts.network import FixedIp, Subnet, Vif
from tests.guests import UUID, VIF, make_guest, make_image


def meta_data(version: str = "latest", **facts: object) -> dict[str, object]:
    return document.meta_data(make_guest(**facts), version, domain="novalocal", random_seed=b"\xff" * 3)


def test_the_first_version_is_plain_and_later_ones_add_to_it() -> None:
    first = set(meta_data("2012-08-10"))
    assert first == {"uuid", "availability_zone", "hostname", "launch_index", "name"}
    assert set(meta_data("2013-04-04")) - first == {"random_seed"}
    assert set(meta_data("2015-10-15")) - first == {"random_seed", "project_id"}
    assert set(meta_data("2016-06-30")) - first == {"random_seed", "project_id", "devices"}
    assert set(meta_data("2020-10-14")) - set(meta_data("2018-08-27")) == {"dedicated_cpus"}
    assert meta_data("2025-04-04") == meta_data("latest")


def test_names_keys_and_seed() -> None:
    certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"
    found = meta_data(keys={"mine": "ssh-ed25519 AAAA", "win": certificate}, meta={"role": "web"}, launch_index=2)
    assert (found["hostname"], found["name"], found["launch_index"]) == ("vm-one.novalocal", "vm one", 2)
    assert found["public_keys"] == {"mine": "ssh-ed25519 AAAA", "win": certificate}
    assert [key["type"] for key in found["keys"]] == ["ssh", "x509"]  # type: ignore[attr-defined]
    assert (found["random_seed"], found["meta"], found["uuid"]) == ("////", {"role": "web"}, UUID)


def test_only_a_config_drive_tells_the_password() -> None:
    assert "admin_pass" not in meta_data(admin_password="s3cret")
    guest = make_guest(admin_password="s3cret")
    found = document.meta_data(guest, domain="", random_seed=b"", with_password=True)
    assert (found["admin_pass"], found["hostname"]) == ("s3cret", "vm-one")


def test_injected_files_are_numbered() -> None:
    files = [InjectedFile(path=f"/{name}", contents=base64.b64encode(name.encode()).decode()) for name in ("a", "b")]
    assert document.contents(make_guest(files=files)) == {"0000": b"a", "0001": b"b"}
    assert meta_data(files=files)["files"] == [
        {"path": "/a", "content_path": "/content/0000"},
        {"path": "/b", "content_path": "/content/0001"},
    ]


def test_a_network_that_injects_its_addresses_comes_before_the_files() -> None:
    injects = msgspec.structs.replace(VIF, network=msgspec.structs.replace(VIF.network, injected=True))
    facts = {"vifs": [VIF, injects], "files": [InjectedFile(path="/a", contents="YQ==")]}
    found = document.contents(make_guest(**facts))
    assert found["0001"] == b"a"
    assert found["0000"].decode() == (
        "auto lo\niface lo inet loopback\n\nauto eth1\niface eth1 inet static\n    hwaddress ether fa:16:3e:00:00:01\n"
        "    address 10.0.0.2\n    netmask 255.255.255.0\n    broadcast 10.0.0.255\n    gateway 10.0.0.1\n"
        "    dns-nameservers 10.0.0.1\n"
    )
    assert meta_data(**facts)["network_config"] == {"name": "network_config", "content_path": "/content/0000"}
    assert meta_data(**facts)["files"] == [{"path": "/a", "content_path": "/content/0001"}]


def test_user_data_that_is_no_base64_is_given_as_it_came() -> None:
    assert document.user_data(make_guest(user_data="aGk=")) == b"hi"
    assert document.user_data(make_guest(user_data="a")) == b"a"
    assert document.user_data(make_guest()) is None


def test_tagged_devices_are_listed() -> None:
    tagged = Vif(id="v", address="fa:16:3e:00:00:02", network=VIF.network, device="tap1", tag="db")
    disk = BlockDevice(id="1", source="blank", device_name="/dev/vdb", tag="scratch")
    found = meta_data(vifs=[VIF, tagged], block_devices=[disk])["devices"]
    assert [(one["type"], one["tags"]) for one in found] == [("nic", ["db"]), ("disk", ["scratch"])]  # type: ignore[attr-defined]


def test_network_data_of_dhcp_and_static_addresses() -> None:
    static = Subnet(cidr="fd00::/64", version=6, gateway="fd00::1", dns=["fd00::53"])
    vif = Vif(
        id=VIF.id,
        address=VIF.address,
        network=VIF.network,
        device=VIF.device,
        ips=[*VIF.ips, FixedIp(address="fd00::2", subnet=static)],
    )
    found = document.network_data(make_guest(vifs=[vif]))
    assert found["links"] == [
        {"id": VIF.device, "vif_id": VIF.id, "type": "bridge", "mtu": None, "ethernet_mac_address": VIF.address}
    ]
    assert [(one["id"], one["type"], one["link"]) for one in found["networks"]] == [
        ("network0", "ipv4_dhcp", VIF.device),
        ("network1", "ipv6", VIF.device),
    ]
    assert found["networks"][1]["routes"] == [{"network": "::", "netmask": "::", "gateway": "fd00::1"}]
    assert found["networks"][1]["netmask"] == "ffff:ffff:ffff:ffff::"
    assert [one["address"] for one in found["services"]] == ["10.0.0.1", "fd00::53"]
    assert document.network_data(make_guest(vifs=[])) == {}


def test_static_ipv4_says_mask_and_way_out() -> None:
    subnet = Subnet(cidr="10.1.0.0/16", gateway="10.1.0.1")
    vif = Vif(id="v", address="m", network=VIF.network, device="tap1", ips=[FixedIp(address="10.1.0.9", subnet=subnet)])
    (network,) = document.network_data(make_guest(vifs=[vif]))["networks"]
    assert (network["ip_address"], network["netmask"]) == ("10.1.0.9", "255.255.0.0")
    assert network["routes"] == [{"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.1.0.1"}]


def test_ec2_keys_by_version() -> None:
    guest = make_guest(keys={"mine": "ssh-ed25519 AAAA"}, security_groups=["default"], kernel=make_image("k", "aki"))
    first = document.ec2_meta_data(guest, "1.0", domain="novalocal")
    assert "public-ipv4" not in first and "placement" not in first
    newest = document.ec2_meta_data(guest, domain="novalocal")
    assert (newest["instance-id"], newest["instance-type"]) == ("i-0000000a", "tiny")
    assert (newest["local-ipv4"], newest["public-ipv4"]) == ("10.0.0.2", "172.24.4.2")
    assert (newest["security-groups"], newest["kernel-id"]) == (["default"], "k")
    assert newest["public-keys"] == {"0": {"_name": "0=mine", "openssh-key": "ssh-ed25519 AAAA"}}
    assert newest["instance-action"] == "none" and "ramdisk-id" not in newest


def test_ec2_block_devices_and_names_of_images() -> None:
    devices = [
        BlockDevice(id="1", source="image", boot_index=0, device_name="/dev/vda"),
        BlockDevice(id="2", source="blank", device_name="/dev/vdb"),
        BlockDevice(id="3", source="blank", guest_format="swap", device_name="/dev/vdc"),
    ]
    guest = make_guest(block_devices=devices, ec2_ids={"ami": "ami-00000007"}, vifs=[])
    found = document.ec2_meta_data(guest, domain="", address="10.9.9.9")
    assert found["block-device-mapping"] == {
        "ami": "vda",
        "root": "/dev/vda",
        "ephemeral0": "/dev/vdb",
        "swap": "/dev/vdc",
    }
    assert (found["ami-id"], found["local-ipv4"], found["public-ipv4"]) == ("ami-00000007", "10.9.9.9", "")


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("2012-08-10", ["meta_data.json"]),
        ("2013-10-17", ["meta_data.json", "password", "vendor_data.json"]),
        ("2015-10-15", ["meta_data.json", "password", "vendor_data.json", "network_data.json"]),
    ],
)
def test_listings(version: str, names: list[str]) -> None:
    assert document.openstack_files(version, has_user_data=False) == names
    assert "user_data" in document.openstack_files(version, has_user_data=True)
