"""Links of the kernel, in a namespace of the test's own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from nova.base import links
from tests.lab.namespaces import Namespace, command

pytestmark = [pytest.mark.lab, pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")]


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    made = Namespace("links")
    try:
        with made.entered():
            command("ip", "link", "add", "card0", "type", "veth", "peer", "name", "card1")
            command("ip", "link", "set", "card0", "up")
            command("ip", "link", "set", "card1", "up")
            yield made
    finally:
        made.end()


def state() -> str:
    return command("ip", "-o", "-4", "addr").stdout + command("ip", "route").stdout + command("bridge", "link").stdout


def test_a_bridge_inherits_what_its_interface_had(namespace: Namespace) -> None:
    command("ip", "addr", "add", "192.0.2.7/24", "brd", "192.0.2.255", "dev", "card0")
    command("ip", "route", "add", "default", "via", "192.0.2.1")
    command("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2", "metric", "7")
    links.ensure_bridge("brnvl", "card0", mtu=1400)
    assert links.members("brnvl") == ["card0"]
    assert links.addresses("card0") == [] and links.addresses("brnvl") == ["192.0.2.7/24"]
    routes = command("ip", "route").stdout
    assert "default via 192.0.2.1 dev brnvl" in routes
    assert "198.51.100.0/24 via 192.0.2.2 dev brnvl" in routes and "metric 7" in routes
    assert " mtu 1400 " in command("ip", "link", "show", "brnvl").stdout
    once = state()
    links.ensure_bridge("brnvl", "card0", mtu=1400)
    assert state() == once


def test_the_dhcp_servers_address_comes_first_and_routes_stay(namespace: Namespace) -> None:
    links.ensure_bridge("brnvl")
    command("ip", "addr", "add", "192.0.2.7/24", "dev", "brnvl")
    command("ip", "route", "add", "default", "via", "192.0.2.1")
    links.ensure_first_address("brnvl", "10.0.0.1/24")
    assert links.addresses("brnvl") == ["10.0.0.1/24", "192.0.2.7/24"]
    assert "default via 192.0.2.1 dev brnvl" in command("ip", "route").stdout
    assert "brd 10.0.0.255" in command("ip", "-o", "addr", "show", "brnvl").stdout
    once = state()
    links.ensure_first_address("brnvl", "10.0.0.1/24")
    assert state() == once
    links.remove_address("brnvl", "10.0.0.1/24")
    links.remove_address("brnvl", "10.0.0.1/24")
    assert links.addresses("brnvl") == ["192.0.2.7/24"]


def test_aliases_tell_owners(namespace: Namespace) -> None:
    links.set_alias("card0", "4a0ec5c2-9c3e-4b6f-b2ac-1fd9f5d90001")
    assert links.alias("card0") == "4a0ec5c2-9c3e-4b6f-b2ac-1fd9f5d90001"
    assert links.list_links("card") == {"card0": "4a0ec5c2-9c3e-4b6f-b2ac-1fd9f5d90001", "card1": None}
    with pytest.raises(ValueError, match="255"):
        links.set_alias("card0", "x" * 256)


def test_what_is_not_there_is_not_missed_or_named(namespace: Namespace) -> None:
    links.delete_link("nothing")
    links.remove_address("nothing", "10.0.0.1/24")
    assert links.alias("nothing") is None and links.members("nothing") == [] and links.addresses("nothing") == []
    assert not links.exists("nothing")
    for change in (
        lambda: links.ensure_bridge("brnvl", "nothing"),
        lambda: links.set_alias("nothing", "x"),
        lambda: links.ensure_address("nothing", "10.0.0.1/24"),
    ):
        with pytest.raises(links.NoSuchLink):
            change()
    links.delete_link("card0")
    assert not links.exists("card1")


def test_the_metadata_address_is_of_the_link_only(namespace: Namespace) -> None:
    for _ in range(2):
        links.ensure_address("lo", "169.254.169.254/32", scope="link")
    assert "169.254.169.254/32 scope link" in command("ip", "-o", "addr", "show", "lo").stdout
