"""Every path of both trees."""

import base64
import json

import pytest

from tests.unit.api.metadata.factories import ADDRESS, KEY, Service, make_guest

EC2 = ["1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15"]
EC2 += ["2008-02-01", "2008-09-01", "2009-04-04", "latest"]


@pytest.fixture
def service():
    return Service()


def with_guest(**changes):
    service = Service()
    service.conductor.guests[ADDRESS] = make_guest(**changes)
    return service


@pytest.mark.parametrize("path", ["/", "", "/ec2", "/ec2/", "//"])
def test_the_top(service, path):
    assert service.lines(path) == EC2
    assert service.conductor.asked == []


@pytest.mark.parametrize("version", EC2)
def test_each_version(service, version):
    assert service.lines(f"/{version}/") == ["meta-data/", "user-data"]
    assert "instance-id" in service.lines(f"/{version}/meta-data/")


def test_user_data(service):
    for path in ("/latest/user-data", "/2009-04-04/user-data/", "/openstack/latest/user_data", "/ec2/latest/user-data"):
        assert service.ask(path).body == b"#!/bin/sh\necho \xff\n", path


def test_no_user_data():
    service = with_guest(user_data=None)
    assert service.lines("/latest") == ["meta-data/"]
    assert service.ask("/latest/user-data").status_int == 404
    assert service.ask("/openstack/latest/user_data").status_int == 404
    assert "user_data" not in service.lines("/openstack/latest")


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_newest_folder(service, slash):
    assert service.lines(f"/latest/meta-data{slash}") == [
        "ami-id",
        "ami-launch-index",
        "ami-manifest-path",
        "block-device-mapping/",
        "hostname",
        "instance-action",
        "instance-id",
        "instance-type",
        "kernel-id",
        "local-hostname",
        "local-ipv4",
        "placement/",
        "public-hostname",
        "public-ipv4",
        "public-keys/",
        "reservation-id",
        "security-groups",
    ]


def test_the_oldest_folder(service):
    assert service.lines("/1.0/meta-data/") == [
        "ami-id",
        "ami-launch-index",
        "ami-manifest-path",
        "hostname",
        "instance-id",
        "local-ipv4",
        "public-keys/",
        "reservation-id",
        "security-groups",
    ]
    assert service.ask("/1.0/meta-data/instance-type").status_int == 404


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ami-id", "image-1"),
        ("ami-launch-index", "2"),
        ("ami-manifest-path", "FIXME"),
        ("instance-id", "i-0000000a"),
        ("hostname", "demo-1.novalocal"),
        ("local-hostname", "demo-1.novalocal"),
        ("public-hostname", "demo-1.novalocal"),
        ("local-ipv4", ADDRESS),
        ("public-ipv4", "203.0.113.7"),
        ("reservation-id", "r-abcdefgh"),
        ("security-groups", "default\nweb"),
        ("public-keys/", "0=mine"),
        ("public-keys/0/", "openssh-key"),
        ("public-keys/0/openssh-key", KEY),
        ("instance-type", "m1.tiny"),
        ("block-device-mapping/", "ami\nephemeral0\nroot\nswap"),
        ("block-device-mapping/ami", "vda"),
        ("block-device-mapping/root", "/dev/vda"),
        ("block-device-mapping/ephemeral0", "/dev/vdb"),
        ("block-device-mapping/swap", "/dev/vdc"),
        ("kernel-id", "kernel-1"),
        ("placement/", "availability-zone"),
        ("placement/availability-zone", "nova"),
        ("instance-action", "none"),
    ],
)
def test_each_fact(service, name, said):
    answer = service.ask(f"/latest/meta-data/{name}")
    assert (answer.status_int, answer.content_type, answer.text) == (200, "text/plain", said)


@pytest.mark.parametrize(
    "path",
    [
        "/latest/nothing",
        "/2011-01-01/meta-data",
        "/latest/meta-data/nothing",
        "/latest/meta-data/ramdisk-id",
        "/latest/meta-data/hostname/more",
        "/latest/meta-data/public-keys/1",
        "/latest/meta-data/public-keys/0/_name",
        "/latest/user-data/more",
        "/latest/meta-data/../../openstack",
        "/openstack/2011-01-01",
        "/openstack/latest/nothing.json",
        "/openstack/latest/meta_data.json/more",
        "/openstack/2012-08-10/network_data.json",
        "/openstack/content",
        "/openstack/content/0001",
        "/openstack/content/../0000",
        "/ec2/openstack",
        "/openstack/latest/%ff",
        "/%ff/%c0%af",
    ],
)
def test_nothing_there(service, path):
    assert service.ask(path).status_int == 404


def test_no_key():
    service = with_guest(keys={})
    assert "public-keys/" not in service.lines("/latest/meta-data/")
    assert service.ask("/latest/meta-data/public-keys/").status_int == 404


def test_the_openstack_versions(service):
    versions = service.lines("/openstack/")
    assert versions == [
        "2012-08-10",
        "2013-04-04",
        "2013-10-17",
        "2015-10-15",
        "2016-06-30",
        "2016-10-06",
        "2017-02-22",
        "2018-08-27",
        "2020-10-14",
        "2025-04-04",
        "latest",
    ]


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("2012-08-10", ["meta_data.json", "user_data"]),
        ("2013-04-04", ["meta_data.json", "user_data", "password"]),
        ("2013-10-17", ["meta_data.json", "user_data", "password", "vendor_data.json"]),
        ("2015-10-15", ["meta_data.json", "user_data", "password", "vendor_data.json", "network_data.json"]),
        (
            "latest",
            ["meta_data.json", "user_data", "password", "vendor_data.json", "network_data.json", "vendor_data2.json"],
        ),
    ],
)
def test_openstack_folders(service, version, names):
    assert service.lines(f"/openstack/{version}/") == names
    for name in names:
        assert service.ask(f"/openstack/{version}/{name}").status_int == 200


def test_meta_data_json(service):
    answer = service.ask("/openstack/latest/meta_data.json")
    assert answer.content_type == "application/json"
    document = answer.json
    assert document["uuid"] == make_guest().uuid
    assert document["hostname"] == "demo-1.novalocal"
    assert document["name"] == "Demo 1"
    assert document["meta"] == {"role": "web"}
    assert document["public_keys"] == {"mine": KEY}
    assert document["project_id"] == "project-1"
    assert document["files"] == [{"path": "/etc/motd", "content_path": "/content/0000"}]
    assert len(base64.b64decode(document["random_seed"])) == 512
    assert "admin_pass" not in document
    assert "do-not-tell" not in answer.text


def test_old_meta_data_json(service):
    document = service.ask("/openstack/2012-08-10/meta_data.json").json
    assert {"random_seed", "project_id", "devices"}.isdisjoint(document)
    assert "dedicated_cpus" not in service.ask("/openstack/2018-08-27/meta_data.json").json
    assert service.ask("/openstack/2020-10-14/meta_data.json").json["dedicated_cpus"] == []


def test_a_zone_is_told_even_where_there_is_none():
    assert with_guest(availability_zone=None).ask("/openstack/latest/meta_data.json").json["availability_zone"] is None


def test_network_data_json(service):
    document = service.ask("/openstack/latest/network_data.json").json
    assert [link["ethernet_mac_address"] for link in document["links"]] == ["fa:16:3e:00:00:01"]
    assert with_guest(vifs=[]).ask("/openstack/latest/network_data.json").json == {}


def test_injected_files(service):
    assert service.ask("/openstack/content/0000").body == b"hello"


def test_vendor_data(tmp_path):
    file = tmp_path / "vendor.json"
    file.write_text(json.dumps({"cloud": "ours"}))
    service = Service(vendordata_jsonfile_path=str(file))
    assert service.ask("/openstack/latest/vendor_data.json").json == {"cloud": "ours"}
    assert service.ask("/openstack/latest/vendor_data2.json").json == {"static": {"cloud": "ours"}}


@pytest.mark.parametrize("content", [None, "not json", "[1]"])
def test_vendor_data_that_cannot_be_used(tmp_path, content, caplog):
    file = tmp_path / "vendor.json"
    if content is not None:
        file.write_text(content)
    service = Service(vendordata_jsonfile_path=str(file))
    assert service.ask("/openstack/latest/vendor_data.json").json == {}
    assert "vendordata_jsonfile_path" in caplog.text
