"""Which files a config drive has, and that both kinds of file system can be read again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from nova.contracts.guest import Guest, InjectedFile
from nova.virt import configdrive
from tests.guests import UUID, make_guest

SKIPPED = ["1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01"]


def full_guest() -> Guest:
    return make_guest(
        user_data="IyEvYmluL3NoCg==",
        files=[InjectedFile(path="/etc/motd", contents="aGVsbG8=")],
        admin_password="s3cret",
        keys={"mine": "ssh-ed25519 AAAA me"},
    )


def documents(guest: Guest) -> dict[str, bytes]:
    facts = configdrive.HostFacts("novalocal", SKIPPED, {"hello": "world"})
    return configdrive.documents(guest, facts, b"seed")


def test_every_folder_has_what_its_version_knows() -> None:
    files = documents(full_guest())
    assert {name.split("/")[1] for name in files if name.startswith("openstack/")} == {
        *("2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15"),
        *("2016-06-30", "2016-10-06", "2017-02-22", "2018-08-27", "2020-10-14", "2025-04-04"),
        *("latest", "content"),
    }
    assert {name for name in files if "2012-08-10" in name} == {
        "openstack/2012-08-10/meta_data.json",
        "openstack/2012-08-10/user_data",
    }
    assert {name.rpartition("/")[2] for name in files if name.startswith("openstack/latest/")} == {
        *("meta_data.json", "user_data", "vendor_data.json", "network_data.json", "vendor_data2.json")
    }
    assert {name for name in files if name.startswith("ec2/")} == {
        *("ec2/2009-04-04/meta-data.json", "ec2/2009-04-04/user-data"),
        *("ec2/latest/meta-data.json", "ec2/latest/user-data"),
    }


def test_contents_are_the_guests() -> None:
    files = documents(full_guest())
    meta = json.loads(files["openstack/latest/meta_data.json"])
    assert (meta["uuid"], meta["admin_pass"]) == (UUID, "s3cret")
    assert files["openstack" + meta["files"][0]["content_path"]] == b"hello"
    assert files["openstack/latest/user_data"] == b"#!/bin/sh\n"
    assert json.loads(files["ec2/latest/meta-data.json"])["instance-id"] == "i-0000000a"


def test_the_operators_words_are_in_both_vendor_documents(tmp_path: Path) -> None:
    files = documents(make_guest())
    assert json.loads(files["openstack/latest/vendor_data.json"]) == {"hello": "world"}
    assert json.loads(files["openstack/latest/vendor_data2.json"]) == {"static": {"hello": "world"}}
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text('{"a": 1}')
    bad.write_text("[1")
    assert configdrive.vendor_data(str(good)) == {"a": 1}
    assert configdrive.vendor_data(str(bad)) == configdrive.vendor_data(None) == {}
    assert configdrive.vendor_data(str(tmp_path / "missing")) == {}


def test_a_guest_without_user_data_has_no_such_file() -> None:
    assert not [name for name in documents(make_guest()) if "user" in name]


def test_an_iso9660_drive_holds_the_files_under_its_label(tmp_path: Path) -> None:
    drive = tmp_path / "disk.config"
    configdrive.write(documents(full_guest()), drive, kind="iso9660", mkisofs="genisoimage")
    assert drive.stat().st_mode & 0o777 == 0o600
    label = subprocess.run(["isoinfo", "-d", "-i", drive], check=True, capture_output=True, text=True).stdout
    assert "Volume id: config-2" in label
    read = ["isoinfo", "-R", "-i", drive, "-x", "/openstack/latest/meta_data.json"]
    assert json.loads(subprocess.run(read, check=True, capture_output=True).stdout)["uuid"] == UUID
    assert list(tmp_path.iterdir()) == [drive]


def test_a_vfat_drive_holds_the_files_under_its_label(tmp_path: Path) -> None:
    drive = tmp_path / "disk.config"
    configdrive.write(documents(full_guest()), drive, kind="vfat", mkisofs="")
    assert drive.stat().st_mode & 0o777 == 0o600
    assert (
        "config-2" in subprocess.run(["mlabel", "-s", "-i", drive], check=True, capture_output=True, text=True).stdout
    )
    read = ["mtype", "-i", str(drive), "::/openstack/content/0000"]
    assert subprocess.run(read, check=True, capture_output=True).stdout == b"hello"
