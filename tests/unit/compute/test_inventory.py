"""The host's report: at start, on change, and now and then."""

import pytest

from nova.compute.inventory import REPEATED, Inventory
from nova.compute.settings import NEVER, seconds
from nova.contracts.errors import Unavailable


@pytest.fixture
def inventory(one_host):
    return Inventory("host1", one_host.driver, one_host.conductor, clock=one_host.clock)


def test_it_is_sent_at_start_and_on_change(one_host, inventory):
    inventory.work()
    inventory.work()
    assert [host for host, _ in one_host.conductor.reports] == ["host1"]
    one_host.conf.set_override("vcpus", 7, group="fake")
    inventory.work()
    assert [report.vcpus for _, report in one_host.conductor.reports] == [10_000, 7]


def test_it_is_repeated_now_and_then(one_host, inventory):
    inventory.work()
    one_host.clock.now += REPEATED
    inventory.work()
    assert len(one_host.conductor.reports) == 2


def test_what_was_not_heard_is_sent_again(one_host, inventory, caplog):
    one_host.conductor.away = True
    inventory.work()
    inventory.work()
    one_host.conductor.away = False
    inventory.work()
    assert len(one_host.conductor.reports) == 1 and caplog.text.count("does not answer") == 1


def test_a_hypervisor_that_is_away_does_not_end_it(one_host, inventory):
    one_host.driver.control.fail("inventory", Unavailable(service="libvirt", hint=""))
    inventory.work()
    inventory.work()
    assert len(one_host.conductor.reports) == 1


def test_intervals_of_options():
    assert (seconds(0), seconds(30), seconds(-1)) == (60.0, 30.0, NEVER)
