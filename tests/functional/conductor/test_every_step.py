"""Each step of each operation is broken before and after it acts, repeated, and survived by another conductor.

Whatever happens, the server ends where it may (ACTIVE, stopped, gone, or ERROR with a fault), and nothing is left
without an owner.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import pytest

from nova.conductor.tasks.plan import Job, Plan, Step
from nova.conductor.tasks.plans import PLANS
from nova.contracts.errors import StepFailed
from tests.functional.cloud import Cloud

EVERY_STEP = [(kind, step.name) for kind, plan in PLANS.items() for step in plan.steps]
MOMENTS = ("before", "after")
ACTIONS = {"reboot": "soft reboot"}


class Saboteur:
    """Wraps the steps of a plan; each wrapped step notes that it was reached."""

    def __init__(self, kind: str, name: str, do: Callable[[Step], Step]) -> None:
        plan = PLANS[kind]
        steps = tuple(do(step) if step.name == name else step for step in plan.steps)
        self.plans: dict[str, Plan] = {**PLANS, kind: dataclasses.replace(plan, steps=steps)}


def acting(step: Step, job: Job) -> None:
    """What the step asks."""
    if step.ask is not None:
        step.ask(job)


def prepared(cloud: Cloud, kind: str) -> str:
    """A server in a state in which the operation may begin, begun."""
    server = cloud.boot()
    if kind == "boot":
        return server
    shown = cloud.settled(server)
    assert shown is not None and shown.vm_state == "active", shown
    if kind == "start":
        cloud.act(server, "stop")
        shown = cloud.settled(server)
        assert shown is not None and shown.vm_state == "stopped", shown
    cloud.act(server, ACTIONS.get(kind, kind))
    return server


def check_end(cloud: Cloud, kind: str, server: str, *, may_fail: bool) -> None:
    """The server is where it may be, and nothing is left over."""
    shown = cloud.settled(server)
    if kind == "delete":
        if shown is not None:
            # Forward only: what a failed delete left still has its owner, and another delete takes it.
            assert may_fail and shown.vm_state == "error" and shown.fault is not None
            cloud.act(server, "delete")
            shown = cloud.settled(server)
        assert shown is None
    else:
        assert shown is not None
        healthy = {"boot": "active", "start": "active", "stop": "stopped", "reboot": "active"}[kind]
        if shown.vm_state == "error":
            assert may_fail and shown.fault is not None and shown.fault.message
        elif not may_fail:
            assert shown.vm_state == healthy
    assert not cloud.leftovers()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("kind", "name"), EVERY_STEP)
def test_a_step_that_fails_leaves_nothing(make_cloud: Any, kind: str, name: str, moment: str) -> None:
    reached = threading.Event()

    def sabotage(step: Step) -> Step:
        def pull_the_plug(job: Job) -> None:
            if kind == "delete" and reached.is_set():
                acting(step, job)
                return
            if moment == "after":
                acting(step, job)
            reached.set()
            raise StepFailed(reason="the plug was pulled")

        return dataclasses.replace(step, ask=pull_the_plug)

    cloud = make_cloud(plans=Saboteur(kind, name, sabotage).plans)
    server = prepared(cloud, kind)
    check_end(cloud, kind, server, may_fail=True)
    assert reached.is_set()


@pytest.mark.parametrize(("kind", "name"), EVERY_STEP)
def test_a_step_may_be_done_twice(make_cloud: Any, kind: str, name: str) -> None:
    times: list[str] = []

    def twice(step: Step) -> Step:
        def do(job: Job) -> None:
            for _ in range(2):
                acting(step, job)
                times.append(name)

        def record(conn: Any, job: Job) -> None:
            if step.record is not None:
                step.record(conn, job)
                step.record(conn, job)

        return dataclasses.replace(step, ask=do, record=record)

    cloud = make_cloud(plans=Saboteur(kind, name, twice).plans)
    server = prepared(cloud, kind)
    check_end(cloud, kind, server, may_fail=False)
    assert times == [name, name]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("kind", "name"), EVERY_STEP)
def test_a_conductor_that_dies_is_survived(make_cloud: Any, kind: str, name: str, moment: str) -> None:
    """The conductor stands still at the step, for ever as far as it can tell; another takes its task over."""
    reached, release = threading.Event(), threading.Event()

    def hang(step: Step) -> Step:
        def stand_still(job: Job) -> None:
            if moment == "after":
                acting(step, job)
            reached.set()
            release.wait(30)
            raise StepFailed(reason="the dead do not speak")

        return dataclasses.replace(step, ask=stand_still)

    cloud = make_cloud(plans=Saboteur(kind, name, hang).plans)
    try:
        server = prepared(cloud, kind)
        assert reached.wait(10)
        cloud.conduct(PLANS)
        cloud.kill_conductor()
        check_end(cloud, kind, server, may_fail=False)
    finally:
        release.set()
