"""A conductor of the next release takes over what one of this release began: it knows the steps by their names."""

from __future__ import annotations

import dataclasses
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nova.conductor.tasks import boot, delete
from nova.conductor.tasks.plan import Job, Plan, Step
from nova.conductor.tasks.plans import PLANS
from tests.databases import sqlite_url
from tests.functional.cloud import Cloud
from tests.functional.conductor.test_every_step import acting


class Standing:
    """A plan one of whose steps stands still for ever, as if its conductor had died in it."""

    def __init__(self, plan: Plan, name: str) -> None:
        self.reached, self.release = threading.Event(), threading.Event()
        steps = tuple(dataclasses.replace(step, ask=self._stand) if step.name == name else step for step in plan.steps)
        self.plans = {**PLANS, plan.kind: dataclasses.replace(plan, steps=steps)}

    def _stand(self, job: Job) -> None:
        self.reached.set()
        self.release.wait(30)


class Noted:
    """A plan whose steps note that they were asked; `changed` makes it another release's."""

    def __init__(self, plan: Plan, changed: Callable[[tuple[Step, ...]], tuple[Step, ...]]) -> None:
        self.asked: list[str] = []
        steps = tuple(dataclasses.replace(step, ask=self._note(step)) for step in changed(plan.steps))
        self.plans = {**PLANS, plan.kind: dataclasses.replace(plan, steps=steps)}

    def _note(self, step: Step) -> Callable[[Job], None]:
        def ask(job: Job) -> None:
            self.asked.append(step.name)
            acting(step, job)

        return ask


@pytest.fixture
def upgraded(tmp_path: Path, empty_sqlite: Path) -> Iterator[Callable[..., Cloud]]:
    """Begins an operation, lets its conductor die in a step, and goes on with another release's."""
    standing: list[Standing] = []
    clouds: list[Cloud] = []

    def go(plan: Plan, dies_in: str, later: Noted) -> tuple[Cloud, str]:
        standing.append(Standing(plan, dies_in))
        cloud = Cloud(tmp_path, sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db")), plans=standing[0].plans)
        clouds.append(cloud)
        server = cloud.boot()
        if plan.kind == "delete":
            assert cloud.settled(server).vm_state == "active"
            cloud.act(server, "delete")
        assert standing[0].reached.wait(10)
        cloud.conduct(later.plans)
        cloud.kill_conductor()
        return cloud, server

    yield go  # type: ignore[misc]
    for one in standing:
        one.release.set()
    for cloud in clouds:
        cloud.__exit__()


def test_a_step_more_before_it_does_not_shift_it(upgraded: Any) -> None:
    later = Noted(boot.PLAN, lambda steps: (Step("check"), *steps))
    cloud, server = upgraded(boot.PLAN, "disks", later)
    assert cloud.settled(server).vm_state == "active"
    assert later.asked == ["disks", "start"]
    assert not cloud.leftovers()


def test_a_step_that_is_no_more_has_everything_undone_and_begun_anew(upgraded: Any) -> None:
    later = Noted(boot.PLAN, lambda steps: tuple(step for step in steps if step.name != "serve"))
    cloud, server = upgraded(boot.PLAN, "serve", later)
    shown = cloud.settled(server)
    assert shown.vm_state == "error" and "another release" in shown.fault.message
    assert later.asked[0] == "place"
    assert not cloud.leftovers()


def test_an_operation_without_undo_begins_at_its_first_step(upgraded: Any) -> None:
    later = Noted(delete.PLAN, lambda steps: tuple(step for step in steps if step.name != "unserve"))
    cloud, server = upgraded(delete.PLAN, "unserve", later)
    assert cloud.settled(server) is None
    assert later.asked == ["destroy"]
