"""The whole cloud on PostgreSQL, and on SQLite without Keystone: a server is made, listed, and deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.people import Keystone, User, admin
from tests.integration.stacks import CHECKOUT, Stack, run, wait

CLOUDS: dict[str, dict[str, str | int]] = {
    "postgresql": {"DATABASE": "postgresql", "CONDUCTORS": 2},
    "sqlite": {"DATABASE": "sqlite", "AUTH": "noauth2"},
}


@pytest.fixture(scope="module", params=CLOUDS)
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A cloud for this module, in place of the main one."""
    made = Stack(request.param, 11 + list(CLOUDS).index(request.param), API_WORKERS=1, **CLOUDS[request.param])
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def user(stack: Stack) -> User:
    """A member of a project; without Keystone, whoever says so."""
    administrator = admin(stack)
    if administrator.password is None:
        return User(stack, "demo", "demo")
    keystone = Keystone(administrator)
    return keystone.user(keystone.project(), "member", "reader")


def test_a_server_comes_and_goes(stack: Stack, user: User) -> None:
    """By the clients and over HTTP"""
    user.openstack(
        "server", "create", "--wait", "--flavor", "m1.nano", "--image", "test-guest-disk", "--nic", "auto", "one"
    )
    several = [user.boot(metadata={"a": "b"}, tags=["t"]) for _ in range(5)]
    for server in several:
        assert user.active(server)["metadata"] == {"a": "b"}
    listed = user.shown("server", "list", "--long")
    assert len(listed) == 6 and {one["Status"] for one in listed} == {"ACTIVE"}
    user.openstack("server", "delete", "--wait", "one")
    user.clear()
    wait("everything to have an owner", lambda: stack.audit() == [], every=2)


def test_openrc_is_enough_for_all_three_clients(stack: Stack) -> None:
    """In one shell, as the README says it"""
    script = f"set -e; source {CHECKOUT}/devstack/openrc demo; openstack image list; nova list; glance image-list"
    listed = run(["bash", "-c", script], environment={"DATA": str(stack.data)})
    assert listed.count("test-guest-disk") == 2
    assert "Task State" in listed
