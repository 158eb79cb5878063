"""What Nova leans on goes away and comes back: the broker, the database, the image service."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.integration.people import User, until_quiet
from tests.integration.stacks import Stack, wait

SERVERS = 10
RECOVERY_SECONDS = 90


def boots(member: User, count: int = SERVERS) -> list[requests.Response]:
    """So many servers asked for, side by side; answers what was answered, refusals among it."""
    with ThreadPoolExecutor(5) as pool:
        return list(pool.map(lambda _: member.send("POST", "/servers", member.wish()), range(count)))


def made(member: User) -> bool:
    """Whether a server can be made and deleted."""
    answer = member.send("POST", "/servers", member.wish())
    assert answer.status_code == 202, answer.text
    server = answer.json()["server"]["id"]
    member.active(server)
    return member.send("DELETE", f"/servers/{server}").status_code == 204


@pytest.mark.parametrize("name", ["rabbitmq", "mariadb"])
def test_a_restart_in_the_middle_of_boots(stack: Stack, member: User, name: str) -> None:
    """All daemons find it again by themselves; nothing is lost, nothing is left"""
    pids = {daemon.name: daemon.pid for daemon in stack.daemons().values() if daemon.name.startswith("nova-")}
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(boots, member)
        stack.restart(name)
        answers = asked.result()
    # Who is refused meanwhile is told to try again.
    assert {answer.status_code for answer in answers} <= {202, 503}, [answer.text for answer in answers]
    until_quiet(member, RECOVERY_SECONDS)
    wait("a server to be made again", lambda: made(member), RECOVERY_SECONDS)
    wait("everything to have an owner", lambda: stack.audit() == [], RECOVERY_SECONDS, every=2)
    assert pids == {daemon.name: daemon.pid for daemon in stack.daemons().values() if daemon.name.startswith("nova-")}
    member.clear()


def image(member: User, folder: Path) -> str:
    """A new image, which no host has in its cache."""
    content = folder / "image.raw"
    content.write_bytes(b"\x01" * 65536)
    words = ["image-create", "--disk-format", "raw", "--container-format", "bare", "--file", str(content)]
    member.glance(*words, "--name", folder.name)
    return member.image_id(folder.name)


def test_a_boot_without_the_image_service(stack: Stack, member: User, tmp_path: Path) -> None:
    """A new server is refused with a reason; one that was accepted waits, or fails with a reason"""
    fresh = image(member, tmp_path)
    hosts = ["nova-compute-1", "nova-compute-2"]
    for host in hosts:
        stack.signal(host, signal.SIGSTOP)
    server = member.boot(imageRef=fresh)
    stack.stop("glance")
    try:
        for host in hosts:
            stack.signal(host, signal.SIGCONT)
        refused = member.send("POST", "/servers", member.wish(imageRef=fresh))
        assert refused.status_code == 503, refused.text
        assert "image" in refused.text.lower() or "glance" in refused.text.lower()
        shown = settled_or_waiting(member, server)
    finally:
        stack.start("glance")
    shown = member.settled(server, RECOVERY_SECONDS)
    if shown["status"] == "ERROR":
        assert "Glance" in shown["fault"]["message"], shown["fault"]
    else:
        assert shown["status"] == "ACTIVE"
    wait("a server to be made again", lambda: made(member), RECOVERY_SECONDS)
    member.clear()
    wait("everything to have an owner", lambda: stack.audit() == [], RECOVERY_SECONDS, every=2)


def settled_or_waiting(member: User, server: str) -> dict[str, Any]:
    """The server after its host has had time to ask for the image."""
    try:
        return member.settled(server, 15)
    except AssertionError:
        return dict(member.get(f"/servers/{server}")["server"])
