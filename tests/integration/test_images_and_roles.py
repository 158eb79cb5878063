"""Images by the `glance` client, and users who may see and do different things."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.people import Keystone, User


def test_an_image_goes_in_and_boots(member: User, tmp_path: Path) -> None:
    """glance image-create, then a server of it and /images of the Compute API"""
    content = tmp_path / "disk.raw"
    content.write_bytes(b"\0" * 1024 * 1024)
    made = member.glance(
        "image-create", "--name", "mine", "--disk-format", "raw", "--container-format", "bare", "--file", str(content)
    )
    assert "active" in made
    image = member.image_id("mine")
    assert member.get(f"/images/{image}", version="2.35")["image"]["status"] == "ACTIVE"
    server = member.boot(imageRef=image)
    assert member.active(server)["image"]["id"] == image
    member.glance("image-delete", image)
    gone = member.send("POST", "/servers", member.wish(imageRef=image))
    assert gone.status_code == 400 and image in gone.json()["badRequest"]["message"]


@pytest.fixture(scope="module")
def server(member: User) -> str:
    """A member's server."""
    made = member.boot()
    member.active(made)
    return made


def test_a_reader_looks_and_changes_nothing(
    keystone: Keystone, project: tuple[str, str], member: User, server: str
) -> None:
    """The role reader"""
    reader = keystone.user(project, "reader")
    assert server in reader.servers()
    assert reader.get(f"/servers/{server}")["server"]["id"] == server
    for method, path, body in (
        ("POST", "/servers", member.wish()),
        ("POST", f"/servers/{server}/action", {"os-stop": None}),
        ("PUT", f"/servers/{server}", {"server": {"name": "other"}}),
        ("DELETE", f"/servers/{server}", None),
        ("POST", f"/servers/{server}/metadata", {"metadata": {"a": "b"}}),
        ("PUT", f"/servers/{server}/tags/one", None),
    ):
        answer = reader.send(method, path, body)
        assert answer.status_code == 403, (method, path, answer.text)
        assert "forbidden" in answer.json()


def test_another_project_sees_nothing(keystone: Keystone, member: User, server: str) -> None:
    """404, as for what never was"""
    other = keystone.user(keystone.project(), "member")
    assert other.servers() == {}
    for method, path, body in (
        ("GET", f"/servers/{server}", None),
        ("DELETE", f"/servers/{server}", None),
        ("POST", f"/servers/{server}/action", {"os-stop": None}),
        ("GET", f"/servers/{server}/os-instance-actions", None),
        ("GET", f"/servers/{server}/ips", None),
        ("GET", f"/servers/{server}/metadata", None),
        ("POST", f"/servers/{server}/remote-consoles", {"remote_console": {"protocol": "vnc", "type": "novnc"}}),
    ):
        answer = other.send(method, path, body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert other.send("GET", "/servers/detail?all_tenants=1").status_code == 403
    assert member.settled(server)["status"] == "ACTIVE"


def test_an_administrator_sees_all(administrator: User, server: str) -> None:
    """Any project's servers, and more of them"""
    shown = administrator.get(f"/servers/{server}")["server"]
    assert shown["OS-EXT-SRV-ATTR:host"].startswith("compute-")
    everywhere = administrator.get("/servers/detail?all_tenants=1")["servers"]
    assert server in [one["id"] for one in everywhere]


def test_nobody_gets_in_without_a_token(member: User) -> None:
    """Keystone's word decides"""
    for token in ("", "gAAAAABnonsense", "admin:admin"):
        answer = member.send("GET", "/servers", headers={"X-Auth-Token": token})
        assert answer.status_code == 401, token
        assert answer.headers["WWW-Authenticate"].startswith("Keystone")
    member.fetch("GET", f"http://{member.stack.address}:8774/", headers={"X-Auth-Token": ""}).raise_for_status()
