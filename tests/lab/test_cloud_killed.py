"""Daemons that die while a real guest is made, and hosts that lose everything that runs on them."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests

from tests.integration.people import User
from tests.integration.stacks import wait
from tests.real_cloud import GUEST_SECONDS, Carried, Cloud, Guest, create, delete, until_as_before
from tests.unit.console.fakes import Client

pytestmark = pytest.mark.lab

RECOVERY_SECONDS = 60
SOON = 30
BRIDGE = "br100"
PROXY_PORT = 6080
GREETING = b"RFB 003.008\n"
# A boot takes about so long; a daemon is killed somewhere in it.
BOOT_SECONDS = 3.0


@pytest.fixture(scope="module")
def before(cloud: Cloud, demo: Guest) -> Carried:
    """What the host carries when all is well."""
    assert demo.status() == "ACTIVE"
    return cloud.carries()


@pytest.mark.parametrize("name", ["nova-compute", "nova-conductor", "nova-network", "nova-scheduler"])
def test_a_daemon_killed_in_a_boot(cloud: Cloud, person: User, before: Carried, name: str, tmp_path: Path) -> None:
    server = create(person, name=name)
    delay = random.uniform(0, BOOT_SECONDS)
    time.sleep(delay)
    cloud.wait_running(name, not_pid=cloud.signal(name, signal.SIGKILL))
    shown = settled(person, server)
    print(f"\n{name} killed after {delay:.1f} s: {shown['status']} {shown.get('fault', {}).get('message', '')}")
    guest = Guest(person, cloud, server, tmp_path / "known_hosts")
    if shown["status"] == "ACTIVE":
        wait(f"an answer of {guest.address}", guest.pings, GUEST_SECONDS)
    else:
        assert shown["status"] == "ERROR" and shown["fault"]["message"]
    delete(person, server)
    until_as_before(cloud, before)


def settled(person: User, server: str) -> dict[str, Any]:
    """The server once nothing is done to it; an API whose conductor is away is asked again."""

    def look() -> Any:
        try:
            return person.settled(server, 5)
        except requests.RequestException as away:
            raise AssertionError(str(away)) from away

    return dict(wait(f"server {server} to settle", look, RECOVERY_SECONDS))


def test_an_open_screen_ends_with_its_proxy_and_others_are_opened_by_the_next(
    cloud: Cloud, person: User, demo: Guest
) -> None:
    first, second = (socket_of(person, demo) for _ in range(2))
    with screen(cloud, first) as client:
        assert client.read(len(GREETING)) == GREETING
        cloud.wait_running("nova-novncproxy", not_pid=cloud.signal("nova-novncproxy", signal.SIGKILL))
        while client.frame()[0] is not None:
            continue
    wait("the proxy to listen", lambda: connects(cloud, PROXY_PORT), SOON)
    with screen(cloud, first) as client:
        assert client.status.endswith("403 Forbidden")
    with screen(cloud, second) as client:
        assert client.read(len(GREETING)) == GREETING


@pytest.mark.parametrize("victim", ["worker", "parent"])
def test_guests_are_told_who_they_are_by_the_next_metadata_service(cloud: Cloud, demo: Guest, victim: str) -> None:
    name = "nova-api-metadata"
    ask = "timeout 5 wget -q -O - http://169.254.169.254/openstack/latest/meta_data.json"
    assert demo.server in demo.ssh(ask)
    workers = cloud.children(name)
    if victim == "worker":
        os.kill(workers[0], signal.SIGKILL)
    else:
        cloud.wait_running(name, not_pid=cloud.signal(name, signal.SIGKILL))
    wait("a new worker", lambda: cloud.children(name) and workers[0] not in cloud.children(name), SOON)
    wait("an answer", lambda: demo.server in demo.ssh(ask, codes=(0, 1, 124, 143)), SOON)


def socket_of(person: User, guest: Guest) -> str:
    """The path of the WebSocket behind a fresh address of the guest's screen."""
    url = person.openstack("console", "url", "show", "--novnc", guest.server, "-f", "value", "-c", "url").strip()
    return "/" + unquote(parse_qs(urlsplit(url).query)["path"][0]).lstrip("/")


def screen(cloud: Cloud, path: str) -> Client:
    """A WebSocket to the proxy; its status says whether it was let in."""
    return Client(PROXY_PORT, path, protocol="binary", address=cloud.address)


def connects(cloud: Cloud, port: int) -> bool:
    """Whether something listens at a port of the cloud."""
    with socket.socket() as probe:
        return probe.connect_ex((cloud.address, port)) == 0


def test_guests_outlive_libvirtd(cloud: Cloud, person: User, demo: Guest) -> None:
    boots = demo.boots()
    pid = cloud.signal("libvirtd", signal.SIGKILL)
    cloud.wait_running("libvirtd", not_pid=pid)
    wait("libvirtd", lambda: demo.server in cloud.virsh("list", "--uuid"), SOON)
    assert demo.pings() and demo.boots() == boots and demo.status() == "ACTIVE"
    assert "login:" in demo.console()
    # nova-compute has found it again: it hears of a guest that ends.
    demo.ssh("poweroff -f >/dev/null 2>&1 &", codes=(0, 255))
    wait("SHUTOFF", lambda: demo.status() == "SHUTOFF", SOON)
    person.openstack("server", "start", demo.server)
    demo.ready(boots + 1)


def test_guests_ended_from_outside_are_shown_so(cloud: Cloud, person: User, demo: Guest, before: Carried) -> None:
    boots = demo.boots()
    path = socket_of(person, demo)
    demo.ssh("sync")
    cloud.virsh("destroy", demo.server)
    # Its port may be another guest's by now: the token of the old screen opens none.
    with screen(cloud, path) as client:
        assert client.status.endswith("403 Forbidden")
    wait("SHUTOFF", lambda: demo.status() == "SHUTOFF", SOON)
    person.openstack("server", "start", demo.server)
    demo.ready(boots + 1)
    until_as_before(cloud, before)


def test_a_host_that_starts_anew_is_built_up_again(cloud: Cloud, person: User, demo: Guest, before: Carried) -> None:
    """After a power cut there are no guests, no bridge, no filters; dnsmasq does not run."""
    boots = demo.boots()
    demo.ssh("sync")
    with option(cloud, "resume_guests_state_on_host_boot = true"):
        for name in ("nova-compute", "nova-network"):
            cloud.stop(name)
        cloud.virsh("destroy", demo.server)
        for pid in (cloud.data / "state/networks").glob("*.pid"):
            os.kill(int(pid.read_text()), signal.SIGKILL)
        cloud.inside("ip", "link", "del", BRIDGE)
        for table in ("filter", "nat", "mangle"):
            for what in ("-F", "-X"):
                cloud.inside("iptables", "-t", table, what)
        cloud.inside("ebtables", "-F")
        for name in ("nova-network", "nova-compute"):
            cloud.start(name)
        demo.ready(boots + 1)
    assert demo.status() == "ACTIVE"
    until_as_before(cloud, before)


@contextmanager
def option(cloud: Cloud, line: str) -> Iterator[None]:
    """Have a line in section DEFAULT of nova.conf. Daemons are told by who starts them."""
    path = cloud.data / "etc/nova/nova.conf"
    was = path.read_text()
    path.write_text(was.replace("[DEFAULT]\n", f"[DEFAULT]\n{line}\n", 1))
    try:
        yield
    finally:
        path.write_text(was)
