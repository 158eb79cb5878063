"""One cloud for the whole run, put up when the first test wants it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.people import Keystone, User, admin, raise_limits
from tests.integration.stacks import Stack

MAIN_INDEX = 10


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """MariaDB, Keystone, two conductors, two compute hosts with the fake driver."""
    made = Stack("main", MAIN_INDEX, COMPUTES=2, CONDUCTORS=2)
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture(scope="session")
def administrator(stack: Stack) -> User:
    """The cloud's administrator."""
    return admin(stack)


@pytest.fixture(scope="session")
def keystone(administrator: User) -> Keystone:
    """Makes projects and users."""
    return Keystone(administrator)


@pytest.fixture(scope="session")
def project(keystone: Keystone, administrator: User) -> tuple[str, str]:
    """A project that may have many servers: id and name."""
    made = keystone.project()
    raise_limits(administrator, made[0], instances=100, cores=200)
    return made


@pytest.fixture(scope="session")
def somebody(keystone: Keystone, project: tuple[str, str]) -> User:
    """A member of the project."""
    return keystone.user(project, "member", "reader")


@pytest.fixture(scope="module")
def member(somebody: User) -> Iterator[User]:
    """A member of the project; all its servers are deleted after each module."""
    yield somebody
    somebody.clear()
