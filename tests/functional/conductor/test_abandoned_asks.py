"""Questions whose answers nobody waits for any more: they hold up nobody, and are not asked once they are needless."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import thread as pools
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from nova.base.context import admin_context
from nova.conductor.db.tables import tasks
from nova.conductor.tasks import journal, runner
from nova.conductor.tasks.plan import Job, Plan, Step, no_record
from nova.conductor.tasks.runner import Runner
from nova.contracts.errors import NovaError
from tests.functional.cloud import Cloud
from tests.functional.conductor.fakes import cloud_in_memory


def failed(conn: Connection, job: Job, error: NovaError) -> None:
    """Nothing to write."""


class Hosts:
    """Asked by the one step of each task: those of `silent` servers get no answer until the end."""

    def __init__(self, conf: Any, database: Any, name: str) -> None:
        self.asked: list[str] = []
        self.release, self._heard = threading.Event(), threading.Condition()
        self._memory = cloud_in_memory(conf, database, name)
        self.database = database
        plan = Plan("ask", (Step("ask", ask=self._ask),), no_record, failed)
        self.runner = Runner(self._memory.__enter__(), {"ask": plan}, host="here", workers=1)
        self.runner.start()

    def close(self) -> None:
        self.release.set()
        self.runner.stop()
        self._memory.__exit__(None, None, None)

    def begin(self, server: str) -> str:
        """Run a task for a server; answers its id."""
        task = journal.new_task(
            kind="ask", first_step="ask", server=server, context=admin_context(), arguments={},
            holder=self.runner.holder, project_id="p",
        )  # fmt: skip
        self.database.transaction(lambda conn: journal.add(conn, [task]))
        self.runner.run([task["id"]])
        return str(task["id"])

    def give_up(self, task: str) -> None:
        """Cancel it, and wait until it has ended."""
        self.database.transaction(
            lambda conn: conn.execute(update(tasks).where(tasks.c.id == task).values(cancel=True))
        )
        Cloud._wait(lambda: (self.runner.give_up([task]), self.phase(task) == "cancelled")[1])

    def phase(self, task: str) -> str:
        """Where the task stands."""
        query = select(tasks.c.phase).where(tasks.c.id == task)
        return str(self.database.read(lambda conn: conn.execute(query).scalar_one()))

    def heard(self, server: str) -> None:
        """Wait until it was asked for."""
        with self._heard:
            assert self._heard.wait_for(lambda: server in self.asked, 10)

    def _ask(self, job: Job) -> None:
        with self._heard:
            self.asked.append(job.server)
            self._heard.notify_all()
        if job.server.startswith("silent"):
            self.release.wait(30)


@pytest.fixture
def make_hosts(conf: Any, database: Any, tmp_path: Any) -> Iterator[Callable[[], Hosts]]:
    """Makes them, once."""
    made: list[Hosts] = []

    def make() -> Hosts:
        made.append(Hosts(conf, database, tmp_path.name))
        return made[-1]

    yield make
    for hosts in made:
        hosts.close()


def test_many_abandoned_asks_hold_up_nobody(make_hosts: Callable[[], Hosts]) -> None:
    hosts = make_hosts()
    for number in range(12):
        task = hosts.begin(f"silent-{number}")
        hosts.heard(f"silent-{number}")
        hosts.give_up(task)
    last = hosts.begin("answered")
    Cloud._wait(lambda: hosts.phase(last) == "done")


def test_a_conductor_ends_without_waiting_for_answers(make_hosts: Callable[[], Hosts]) -> None:
    """The interpreter waits at its end for all threads of pools, and for those that are no daemons."""
    hosts = make_hosts()
    hosts.begin("silent")
    hosts.heard("silent")
    hosts.runner.stop()
    asking = [thread for thread in threading.enumerate() if thread.name.startswith("ask")]
    assert asking and all(thread.daemon and thread not in pools._threads_queues for thread in asking)


def test_what_was_given_up_before_it_was_asked_is_not_asked(
    make_hosts: Callable[[], Hosts], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "MOST_ABANDONED", 0)
    hosts = make_hosts()
    first = hosts.begin("silent")
    hosts.heard("silent")
    hosts.give_up(first)
    hosts.give_up(hosts.begin("needless"))
    third = hosts.begin("answered")
    hosts.release.set()
    Cloud._wait(lambda: hosts.phase(third) == "done")
    assert hosts.asked == ["silent", "answered"]
