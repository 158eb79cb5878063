"""What tiers have in common: the real cloud of `lab` and `browser`, put up when the first test wants it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.stacks import Stack

if TYPE_CHECKING:
    from tests.integration.people import User
    from tests.real_cloud import Cloud, Guest


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    """Libvirt, Keystone, Glance, every daemon, and the running guest demo-1."""
    from tests.real_cloud import Cloud

    made = Cloud()
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture(scope="session")
def person(cloud: Cloud) -> User:
    """The user demo of project demo."""
    from tests.integration.people import User

    return User(cloud, "demo", "demo", cloud.openrc("demo")["OS_PASSWORD"])


@pytest.fixture(scope="session")
def demo(cloud: Cloud, person: User, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """demo-1, which stack.sh left running."""
    from tests.real_cloud import Guest

    server = next(server["id"] for server in person.servers().values() if server["name"] == "demo-1")
    guest = Guest(person, cloud, server, tmp_path_factory.mktemp("demo") / "known_hosts")
    guest.trust()
    return guest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Show what the daemons of a put-up cloud complained of while a test failed."""
    report: Any = yield
    if report.failed:
        for made in getattr(item, "funcargs", {}).values():
            if isinstance(made, Stack):
                report.sections.append(("complaints of the daemons", made.complaints(call.start)))
    return report
