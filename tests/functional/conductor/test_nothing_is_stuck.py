"""What a lost answer, a broken operation or a foreign task leaves: a server that is done, never one that waits."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from nova.conductor import addresses
from nova.conductor.db.tables import fixed_ips, tasks
from nova.conductor.servers import create
from nova.conductor.tasks import boot, delete, runner
from nova.conductor.tasks.plan import Plan
from nova.conductor.tasks.plans import PLANS
from nova.contracts.compute import Hosts
from nova.contracts.errors import BadRequest, DiskFull, Unavailable
from nova.contracts.record import Page
from nova.contracts.server import ServerFilter, Servers
from nova.contracts.states import VmState
from tests.functional.cloud import LONG_AGO, Cloud
from tests.functional.conductor.rows import all_at_once


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conductors look for what is left every half second."""
    monkeypatch.setattr(runner, "RENEW_SECONDS", 0.5)


class LostAnswers:
    """Takes the place of a database's `transaction`: the next `times` are committed, and nobody hears of it."""

    def __init__(self, cloud: Cloud, holds: Callable[[Any], bool]) -> None:
        self.database = cloud.conductors[0][0].database
        self.real, self.times, self.holds = self.database.transaction, 0, holds
        self.database.transaction = self  # type: ignore[method-assign, assignment]

    def __call__(self, work: Any, *, safe: bool = False) -> Any:
        answer = self.real(work, safe=safe)
        if not safe and self.times and self.holds(answer):
            self.times -= 1
            raise Unavailable(service="The database", hint="")
        return answer


def boots_as(**changes: Any) -> Mapping[str, Plan]:
    """The operations, with another boot."""
    return {**PLANS, "boot": dataclasses.replace(boot.PLAN, **changes)}


def phases(cloud: Cloud) -> list[str]:
    """Where all tasks stand."""
    return list(cloud.conductors[0][0].database.read(lambda conn: conn.execute(select(tasks.c.phase)).scalars().all()))


def test_a_create_whose_answer_was_lost_is_carried_out(make_cloud: Any) -> None:
    cloud = make_cloud()
    lost = LostAnswers(cloud, lambda answer: isinstance(answer, tuple))
    lost.times = 1
    with pytest.raises(Unavailable):
        cloud.boot()
    assert phases(cloud) == ["running"]
    Cloud._wait(lambda: phases(cloud) == ["done"])


def test_a_delete_whose_answer_was_lost_is_carried_out(make_cloud: Any) -> None:
    cloud = make_cloud()
    server = cloud.boot()
    assert cloud.settled(server).vm_state == "active"
    lost = LostAnswers(cloud, lambda answer: hasattr(answer, "give_up"))
    lost.times = 1
    with pytest.raises(Unavailable):
        cloud.act(server, "delete")
    assert cloud.settled(server) is None
    assert not cloud.leftovers()


def test_every_answer_lost_once(make_cloud: Any) -> None:
    """Each transition of boot and delete is committed, and its answer lost: nothing is done again after the end."""
    cloud = make_cloud()
    lost = LostAnswers(cloud, lambda answer: True)
    server = cloud.boot()
    lost.times = 3
    assert cloud.settled(server).vm_state == "active"
    cloud.act(server, "delete")
    lost.times = 2
    assert cloud.settled(server) is None
    Cloud._wait(lambda: set(phases(cloud)) == {"done"})
    assert not cloud.leftovers()


def test_a_take_over_whose_answer_was_lost_is_carried_out(make_cloud: Any) -> None:
    cloud = make_cloud(plans={**PLANS, "boot": dataclasses.replace(boot.PLAN, kind="boot")})
    server = cloud.boot()
    assert cloud.settled(server).vm_state == "active"
    lost = LostAnswers(cloud, lambda answer: isinstance(answer, list) and bool(answer))
    lost.times = 1
    with lost.database.engine.begin() as conn:
        row = conn.execute(select(tasks)).mappings().one()
        conn.execute(
            tasks.insert().values(
                {
                    **row,
                    "id": "left",
                    "kind": "stop",
                    "phase": "running",
                    "step": "stop",
                    "owner": "who was here before",
                    "lease_until": LONG_AGO,
                    "notes": '{"host": "one"}',
                    "finished_at": None,
                }
            )
        )
    Cloud._wait(lambda: sorted(phases(cloud)) == ["done", "done"])
    assert lost.times == 0


def explode(*_: Any) -> None:
    """What is not expected."""
    raise LookupError("a mistake of ours")


@pytest.mark.parametrize("where", ["record", "unrecord", "succeeded", "failed", "again", "cancelled"])
def test_a_mistake_in_an_operation_ends_in_an_error(make_cloud: Any, where: str) -> None:
    steps = list(boot.PLAN.steps)
    if where == "record":
        steps[1] = dataclasses.replace(steps[1], record=explode)
    elif where == "unrecord":
        steps[1] = dataclasses.replace(steps[1], unrecord=explode)
    if where in ("unrecord", "failed", "again", "cancelled"):
        steps[3] = dataclasses.replace(steps[3], ask=explode)
    changes = {where: explode} if where in ("succeeded", "failed", "again", "cancelled") else {}
    cloud = make_cloud(plans=boots_as(steps=tuple(steps), **changes))
    server = cloud.boot()
    if where == "cancelled":
        cloud.act(server, "delete")
        assert cloud.settled(server) is None
        return
    shown = cloud.settled(server)
    assert shown.vm_state == VmState.ERROR and shown.task_state is None
    assert shown.fault is not None and "mistake" not in shown.fault.message
    cloud.act(server, "delete")
    assert cloud.settled(server) is None
    assert not cloud.leftovers()


def test_an_operation_of_a_later_release_is_left_to_it(make_cloud: Any) -> None:
    older = {kind: plan for kind, plan in PLANS.items() if kind != "reboot"}
    cloud = make_cloud()
    server = cloud.boot()
    assert cloud.settled(server).vm_state == "active"
    older_conductor = cloud.conduct(older)
    with older_conductor.database.engine.begin() as conn:
        row = conn.execute(select(tasks)).mappings().one()
        values = {"id": "new", "kind": "later", "phase": "running", "step": "one", "owner": "gone"}
        conn.execute(tasks.insert().values({**row, **values, "lease_until": LONG_AGO, "finished_at": None}))
    older_conductor.runner._renew_and_take_over()
    with older_conductor.database.engine.begin() as conn:
        assert conn.execute(select(tasks.c.owner).where(tasks.c.id == "new")).scalar_one() == "gone"


def test_a_stop_without_the_database_is_a_stop(make_cloud: Any) -> None:
    cloud = make_cloud()

    def away(work: Any, *, safe: bool = False) -> Any:
        raise Unavailable(service="The database", hint="")

    database = cloud.conductors[0][0].database
    real, database.transaction = database.transaction, away
    try:
        cloud.conductors[0][0].runner.stop()
    finally:
        database.transaction = real


def test_two_equal_requests_at_once_make_one_server(make_cloud: Any) -> None:
    cloud = make_cloud()
    answers = all_at_once(*[lambda: cloud.boot(client_token="token", client_digest="same") for _ in range(6)])
    assert len(set(answers)) == 1, answers
    assert cloud.settled(answers[0]).vm_state == "active"
    assert len(phases(cloud)) == 1


def test_one_request_makes_only_so_many_servers(make_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create, "MOST_AT_ONCE", 2)
    cloud = make_cloud()
    with pytest.raises(BadRequest, match="min_count"):
        cloud.create(min_count=3, max_count=3)
    assert len(cloud.create(min_count=1, max_count=1_000_000_000).servers) == 2


def test_what_the_database_refuses_is_said_without_values(make_cloud: Any) -> None:
    database = make_cloud().conductors[0][0].database
    with pytest.raises(DBAPIError) as refused, database.engine.begin() as conn:
        conn.execute(tasks.insert().values(id="1", kind="boot", context="hunter2"))
    assert "hunter2" not in repr(refused.value)


def test_a_pattern_that_the_database_refuses_is_the_callers_mistake(make_cloud: Any) -> None:
    cloud = make_cloud()
    cloud.boot()
    for pattern in ("(", "(o+)+$"):
        with pytest.raises(BadRequest, match="name"):
            cloud.client(Servers).find(cloud.user, filters=ServerFilter(matches={"name": pattern}), page=Page(limit=1))


def test_addresses_rest_while_a_guest_may_still_use_them(make_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host is cut off during the delete: its guest runs on, until the host is back and looks."""
    impatient = tuple(dataclasses.replace(step, patience=0.0) for step in delete.PLAN.steps)
    cloud = make_cloud(plans={**PLANS, "delete": dataclasses.replace(delete.PLAN, steps=impatient)})
    server = cloud.boot()
    assert cloud.settled(server).vm_state == "active"
    cloud.hosts["one"].daemon._server.stop()
    cloud.act(server, "delete")
    assert cloud.settled(server) is None and cloud.guests() == {server}
    database = cloud.conductors[0][0].database
    held = select(fixed_ips.c.address).where(fixed_ips.c.instance_uuid == server)
    assert database.read(lambda conn: conn.execute(held).scalars().all())
    assert database.transaction(lambda conn: addresses.stale(conn, -1)) == 1
    assert not database.read(lambda conn: conn.execute(held).scalars().all())


def test_a_fault_says_how_each_attempt_ended(make_cloud: Any) -> None:
    cloud = make_cloud(hosts=("one", "two"))
    for name, host in cloud.hosts.items():

        def full(guest: Any, fetch: Any, name: str = name) -> None:
            raise DiskFull(reason=f"{name} is full.")

        host.driver.make_disks = full
    message = cloud.settled(cloud.boot()).fault.message
    assert message.startswith("No valid host was found. Host ")
    assert "Host one: one is full." in message and "Host two: two is full." in message
    assert message.endswith("None of the 2 hosts can take the server: 2 tried before without success (RetryFilter).")


def test_a_guest_of_a_stopped_server_does_not_run_on(make_cloud: Any) -> None:
    cloud = make_cloud()
    server = cloud.boot()
    assert cloud.settled(server).vm_state == "active"
    cloud.act(server, "stop")
    assert cloud.settled(server).vm_state == "stopped"
    (planned,) = cloud.client(Hosts).plan(cloud.admin, host="one").guests
    driver = cloud.hosts["one"].driver
    cloud.client(Hosts).power_states(cloud.admin, host="one", states=[driver.start(planned.guest)])
    shown = cloud.settled(server)
    assert (shown.vm_state, shown.power_state) == ("stopped", 4)
    assert [state.power_state for state in driver.guests()] == [4]


def test_a_boot_waits_for_an_address_that_rests(make_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = make_cloud(network="10.1.0.0/30")
    first = cloud.boot()
    (vif,) = cloud.settled(first).vifs
    cloud.act(first, "delete")
    assert cloud.settled(first) is None
    asked = threading.Event()
    reserve = addresses.reserve

    def noted(*args: Any, rested: float, **kw: Any) -> Any:
        assert rested == 25
        try:
            return reserve(*args, rested=0 if asked.is_set() else rested, **kw)
        finally:
            asked.set()

    monkeypatch.setattr(addresses, "reserve", noted)
    second = cloud.boot()
    shown = cloud.settled(second)
    assert asked.is_set() and shown.vm_state == "active" and shown.vifs[0].ips == vif.ips


def test_a_hard_reboot_follows_the_soft_one_that_hangs(make_cloud: Any) -> None:
    cloud = make_cloud()
    server = cloud.boot()
    assert cloud.settled(server).vm_state == "active"
    driver, hangs, go, begun = cloud.hosts["one"].driver, threading.Event(), threading.Event(), []
    destroy = driver.destroy

    def ignored(guest: Any) -> bool:
        hangs.set()
        return not go.wait(10)

    def noted(guest: Any) -> None:
        begun.append(cloud.show(server).task_state)
        destroy(guest)

    driver.reboot_softly, driver.destroy = ignored, noted
    cloud.act(server, "soft reboot")
    assert hangs.wait(10)
    cloud.act(server, "hard reboot")
    assert phases(cloud)[1:] == ["running", "waiting"]
    go.set()
    shown = cloud.settled(server)
    assert (shown.vm_state, shown.power_state) == ("active", 1) and begun == ["rebooting_hard"] * 2
    cloud.act(server, "delete")
    assert cloud.settled(server) is None and not cloud.leftovers()


def test_a_host_is_told_no_secrets_that_it_does_not_need(make_cloud: Any) -> None:
    steps = list(boot.PLAN.steps)
    reached, go = threading.Event(), threading.Event()
    steps[3] = dataclasses.replace(steps[3], ask=lambda job: (reached.set(), go.wait(10)))
    cloud = make_cloud(plans=boots_as(steps=tuple(steps)))
    cloud.boot(user_data="c2VjcmV0", admin_password="secret")
    assert reached.wait(10)
    try:
        (planned,) = cloud.client(Hosts).plan(cloud.admin, host="one").guests
        assert planned.busy and planned.guest.admin_password is None and planned.guest.user_data is None
    finally:
        go.set()


def test_a_host_may_take_away_what_the_cloud_remembers(make_cloud: Any) -> None:
    cloud = make_cloud(hosts=("one", "two"))
    deleted, kept = cloud.boot(), cloud.boot()
    cloud.settled(deleted)
    host = cloud.settled(kept) and cloud.client(Servers).get(cloud.admin, server=kept).host
    cloud.act(deleted, "delete")
    assert cloud.settled(deleted) is None
    other = {"one": "two", "two": "one"}[host]
    asked = [deleted, kept, "00000000-0000-4000-8000-000000000000"]
    assert cloud.client(Hosts).gone(cloud.admin, host=host, servers=asked) == [deleted]
    assert set(cloud.client(Hosts).gone(cloud.admin, host=other, servers=asked)) == {deleted, kept}
