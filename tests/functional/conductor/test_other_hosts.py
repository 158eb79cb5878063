"""A boot that fails on a host goes on with the next, as often as the settings say, unless it would fail there too."""

from __future__ import annotations

from typing import Any

import pytest

from nova.contracts.errors import ImageUnusable, StepFailed
from nova.contracts.server import Server
from tests.functional.cloud import Cloud

HOSTS = ("one", "two", "three", "four")


def booted(cloud: Cloud) -> Server:
    """A new server, when nothing is done to it any more."""
    shown = cloud.settled(cloud.boot())
    assert shown is not None
    return shown


def fail(cloud: Cloud, error: Exception, *hosts: str) -> None:
    """Let every start on these hosts fail."""
    for name in hosts:
        cloud.hosts[name].driver.control.fail("start", error, times=99)


def starts(cloud: Cloud) -> int:
    """How often a host was asked to start a guest."""
    return sum(method == "start" for host in cloud.hosts.values() for method, _ in host.driver.control.calls)


@pytest.mark.parametrize("healthy", HOSTS[:3])
def test_hosts_are_tried_until_one_takes_the_server(make_cloud: Any, healthy: str) -> None:
    cloud = make_cloud(hosts=HOSTS[:3])
    fail(cloud, StepFailed(reason="no luck"), *set(cloud.hosts) - {healthy})
    shown = booted(cloud)
    assert (shown.vm_state, shown.host, shown.fault) == ("active", healthy, None)
    assert not cloud.leftovers()


def test_no_more_hosts_are_tried_than_the_settings_say(make_cloud: Any) -> None:
    cloud = make_cloud(hosts=HOSTS)
    fail(cloud, StepFailed(reason="no luck"), *HOSTS)
    shown = booted(cloud)
    assert shown.vm_state == "error" and shown.fault is not None
    # [scheduler] max_attempts is 3 by default.
    assert starts(cloud) == shown.fault.message.count("no luck") == 3
    assert not cloud.leftovers()


def test_what_would_fail_everywhere_is_tried_once(make_cloud: Any) -> None:
    cloud = make_cloud(hosts=HOSTS[:2])
    fail(cloud, ImageUnusable(reason="Image i is damaged."), *cloud.hosts)
    shown = booted(cloud)
    assert shown.vm_state == "error" and shown.fault is not None
    assert (starts(cloud), shown.fault.message) == (1, "Image i is damaged.")
    assert not cloud.leftovers()
