"""An audit of the host names everything without an owner, and changes nothing."""

from pathlib import Path

from nova.compute.endpoint import reference
from nova.contracts.compute import HostPlan
from tests.unit.compute.one_host import HOST, make_guest


def plan_of(one_host):
    return HostPlan(host=HOST, guests=one_host.conductor.planned)


def test_a_host_that_agrees_has_no_findings(one_host):
    one_host.boot()
    assert one_host.endpoint.leftovers(None, plan=plan_of(one_host)) == []


def test_everything_without_an_owner_is_named(one_host):
    one_host.boot(1)
    gone = one_host.boot(2, planned=False)
    one_host.driver.add_orphan_tap("tap-x")
    one_host.half_written = [Path("/x/_base/abc.part")]
    before = one_host.things()
    findings = one_host.endpoint.leftovers(None, plan=plan_of(one_host))
    found = [(one.kind, one.what, one.owner) for one in findings]
    assert found == [
        ("domain", gone.name, gone.uuid),
        ("tap", "tap-x", None),
        ("tap", "tap2", gone.uuid),
        ("chain", "inst-2", gone.uuid),
        ("disk", f"fake:{gone.uuid}", gone.uuid),
        ("file", "/x/_base/abc.part", None),
    ]
    assert {one.where for one in findings} == {HOST} and all(one.hint for one in findings)
    assert one_host.things() == before


def test_a_server_without_its_guest_is_named(one_host):
    off = one_host.boot(1)
    one_host.driver.power_off(reference(off), 0)
    one_host.plan(make_guest(2), should_run=False)
    one_host.plan(make_guest(3), busy=True)
    findings = one_host.endpoint.leftovers(None, plan=plan_of(one_host))
    assert [(one.kind, one.owner) for one in findings] == [("domain", off.uuid)]
