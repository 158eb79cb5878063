"""Runs tasks: holds them by leases, goes through their steps, undoes them, and takes over what others left.

A conductor that dies leaves only rows; after LEASE another one goes on where the journal ends.
"""

from __future__ import annotations

import contextvars
import logging
import os
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent import futures
from functools import partial

from sqlalchemy import Connection

from nova.base.periodic import Periodic
from nova.bus.codec import revive
from nova.conductor import outcome
from nova.conductor.db.engine import now
from nova.conductor.tasks import journal
from nova.conductor.tasks.journal import Cancelled, Holder, LeaseLost
from nova.conductor.tasks.plan import Cloud, Job, Plan, Step
from nova.contracts.errors import Conflict, InternalError, NovaError, Unavailable

LOG = logging.getLogger(__name__)

RENEW_SECONDS = 5.0
MOST_TAKEN = 100
"""Tasks of others a conductor takes while it has no more than that to do."""
PAUSE_BETWEEN_ASKS = 1.0
MOST_ABANDONED = 1000
"""Questions of operations given up whose answers may still be awaited; with more of them new ones wait their turn."""
OTHER_RELEASE = Conflict(reason="The operation was begun by another release of nova-conductor.")
GIVEN_UP = Conflict(reason="The operation was given up because a delete was asked for.")


class Runner:
    """The tasks of one conductor. `workers` bounds how many run at once; more wait, held, in memory."""

    def __init__(self, cloud: Cloud, plans: Mapping[str, Plan], *, host: str, workers: int) -> None:
        self._cloud, self._plans = cloud, plans
        self._name = f"{host}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._until = cloud.database.read(now) + journal.LEASE
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._held: set[str] = set()
        self._interrupts: dict[str, futures.Future[None]] = {}
        self._asks = threading.BoundedSemaphore(workers + MOST_ABANDONED)
        self._guard = threading.Lock()
        self._periodic = Periodic("task leases", RENEW_SECONDS, self._renew_and_take_over, expected=(Unavailable,))
        self._threads = [
            threading.Thread(target=self._work, name=f"task {number}", daemon=True) for number in range(workers)
        ]

    @property
    def holder(self) -> Holder:
        """Who new tasks are held by."""
        return Holder(self._name, self._until)

    def start(self) -> None:
        """Begin to work, taking over what was left by others."""
        for thread in self._threads:
            thread.start()
        self._periodic.start()

    def run(self, tasks: Iterable[str]) -> None:
        """Run these tasks, which were written with this runner as their holder and are committed."""
        for task in tasks:
            with self._guard:
                if task in self._held:
                    continue
                self._held.add(task)
            self._queue.put(task)

    def give_up(self, tasks: Iterable[str]) -> None:
        """Interrupt these tasks if they run here; somebody has asked for it in the database."""
        for task in tasks:
            self._interrupt(task, Cancelled())

    def stop(self) -> None:
        """Hand what is under way back to other conductors, which go on where the journal ends."""
        self._ending.set()
        for _ in self._threads:
            self._queue.put(None)
        for task in list(self._interrupts):
            self._interrupt(task, LeaseLost())
        patience = time.monotonic() + 2
        for thread in self._threads:
            thread.join(timeout=max(0.0, patience - time.monotonic()))
        self._periodic.stop()
        try:
            self._cloud.database.transaction(lambda conn: journal.hand_back(conn, self._name), safe=True)
        except NovaError as error:
            LOG.warning("Tasks were not handed back, others take them when their leases run out: %s", error)

    def _interrupt(self, task: str, why: Exception) -> None:
        with self._guard:
            interrupt = self._interrupts.get(task)
            if interrupt is not None and not interrupt.done():
                interrupt.set_exception(why)

    def _renew_and_take_over(self) -> None:
        """Keep what is held, run what is not run yet, let go of what others hold, and take what was left.

        The database alone says what is held: a transaction whose answer was lost may have begun a task of which this
        process knows nothing, and a task that could not go on is simply found again.
        """
        if self._ending.is_set():
            return
        database = self._cloud.database
        with self._guard:
            running = set(self._interrupts)
        self._until = database.transaction(lambda conn: journal.renew(conn, self._name), safe=True)
        mine = database.read(lambda conn: journal.held(conn, self._name))
        for task in running - mine.keys():
            self._interrupt(task, LeaseLost())
        self.give_up(task for task, given_up in mine.items() if given_up)
        self.run(mine)
        room = MOST_TAKEN - len(mine)
        if room > 0:
            taken = database.transaction(lambda conn: journal.take_over(conn, self.holder, self._plans.keys(), room))
            if taken:
                LOG.info("Took over %d task(s)", len(taken))
            self.run(taken)

    def _work(self) -> None:
        while (task := self._queue.get()) is not None and not self._ending.is_set():
            with self._guard:
                self._interrupts[task] = futures.Future()
            try:
                contextvars.copy_context().run(self._run_one, task)
            except LeaseLost:
                LOG.info("Task %s has ended, or is held by another conductor now", task)
            except NovaError as error:
                LOG.warning("Task %s is tried again in %s s: %s", task, RENEW_SECONDS, error)
            except Exception:
                LOG.exception("Task %s is tried again in %s s", task, RENEW_SECONDS)
            finally:
                with self._guard:
                    self._held.discard(task)
                    self._interrupts.pop(task, None)

    def _run_one(self, task: str) -> None:
        job = self._cloud.database.read(lambda conn: journal.load(conn, task, self._name, self._cloud))
        job.context.update_store()
        plan = self._plans[job.kind]
        self._locate(plan, job)
        if job.cancelled and not job.unwinding:
            self._turn_back(job, plan.steps[job.position], GIVEN_UP)
        while not self._ending.is_set():
            if job.unwinding:
                self._unwind(plan, job)
                if not self._begin_again(plan, job):
                    break
            elif job.position < len(plan.steps):
                self._step(plan, job)
            else:
                break
        self.run(job.followers)

    def _locate(self, plan: Plan, job: Job) -> None:
        """Find the journal's step in this release's plan.

        When there is none such, whatever the operation may have made is undone first: every undo accepts that its
        step never happened. An operation that makes nothing begins at its first step again.
        """
        position = plan.position_of(job.step)
        if position is None and not plan.makes_nothing():
            position = len(plan.steps) - 1
            if not job.unwinding:
                self._turn_back(job, plan.steps[position], OTHER_RELEASE)
        job.position = position or 0

    def _step(self, plan: Plan, job: Job) -> None:
        step = plan.steps[job.position]
        following = plan.steps[job.position + 1] if job.position + 1 < len(plan.steps) else None
        try:
            self._ask(step, job)
        except Cancelled:
            job.cancelled = True
            self._turn_back(job, step, GIVEN_UP)
            return
        except LeaseLost:
            raise
        except Exception as error:
            self._turn_back(job, step, _in_words(error, job, step))
            return
        try:
            self._cloud.database.transaction(lambda conn: self._record(conn, plan, job, step, following))
            job.position += 1
        except Cancelled:
            job.cancelled = True
            self._turn_back(job, step, GIVEN_UP)
        except (Unavailable, LeaseLost):
            # Of the database, nobody knows whether it took it: the journal is read again, and tells.
            raise
        except Exception as error:
            self._turn_back(job, step, _in_words(error, job, step))

    def _ask(self, step: Step, job: Job) -> None:
        """Ask until there is an answer or patience ends; a daemon that restarts meanwhile is asked again.

        Who gives the operation up, or this process's end, does not wait for the answer: what the daemon still does is
        undone after it, since daemons do one thing at a time for a server.
        """
        if step.ask is None:
            return
        give_up = time.monotonic() + step.patience
        interrupt = self._interrupts[job.id]
        while True:
            asking = self._begin_to_ask(partial(step.ask, job), interrupt)
            futures.wait((asking, interrupt), return_when=futures.FIRST_COMPLETED)
            if not asking.done():
                interrupt.result()
            try:
                asking.result()
                return
            except Unavailable as error:
                if time.monotonic() > give_up:
                    if step.may_be_skipped:
                        LOG.warning("Step %r of server %s is left to convergence: %s", step.name, job.server, error)
                        job.leave(step.name)
                        return
                    raise
                LOG.info("Step %r of server %s is asked again: %s", step.name, job.server, error)
            if futures.wait((interrupt,), timeout=PAUSE_BETWEEN_ASKS).done:
                interrupt.result()

    def _begin_to_ask(self, ask: Callable[[], None], interrupt: futures.Future[None]) -> futures.Future[None]:
        """Ask in a thread of its own, which holds up nobody when the answer is not waited for: not even the end."""
        while not self._asks.acquire(timeout=PAUSE_BETWEEN_ASKS):
            if interrupt.done():
                interrupt.result()
        answer: futures.Future[None] = futures.Future()
        context = contextvars.copy_context()

        def work() -> None:
            try:
                answer.set_result(context.run(ask))
            except BaseException as error:
                answer.set_exception(error)
            finally:
                self._asks.release()

        threading.Thread(target=work, name="ask", daemon=True).start()
        return answer

    def _record(self, conn: Connection, plan: Plan, job: Job, step: Step, following: Step | None) -> None:
        if step.record is not None:
            step.record(conn, job)
        if following is None:
            plan.succeeded(conn, job)
            job.followers = journal.end(conn, job, self.holder, "done")
        else:
            journal.advance(conn, job, self._name, step, following)

    def _turn_back(self, job: Job, step: Step, error: NovaError) -> None:
        LOG.info("%s of server %s turns back at step %r: %s", job.kind, job.server, step.name, error)
        stored = journal.preserve(error)
        stored["step"] = step.name
        self._cloud.database.transaction(
            lambda conn: journal.turn_back(conn, job, self._name, step, stored, error.log or str(error))
        )
        # The failing step may have acted before it failed: it is undone like those before it.
        job.unwinding, job.error = True, stored

    def _unwind(self, plan: Plan, job: Job) -> None:
        while job.position >= 0 and not self._ending.is_set():
            step = plan.steps[job.position]
            left_behind = None
            try:
                if step.undo is not None:
                    step.undo(job)
            except Exception as error:
                left_behind = str(error)
                job.leave(step.name)
                LOG.warning("Undoing %r of server %s is left to convergence: %s", step.name, job.server, error)

            self._note_undone(plan, job, step, left_behind)
            job.position -= 1
        if self._ending.is_set():
            raise LeaseLost

    def _note_undone(self, plan: Plan, job: Job, step: Step, left_behind: str | None) -> None:
        before = plan.steps[job.position - 1] if job.position else None

        def note(conn: Connection) -> None:
            if step.unrecord is not None:
                step.unrecord(conn, job)
            journal.undone(conn, job, self._name, step, before, left_behind)

        try:
            self._cloud.database.transaction(note)
        except (Unavailable, LeaseLost):
            raise
        except Exception as error:
            # Done again it would fail again. The audit finds what is left; the server must not wait for ever.
            LOG.exception("What %r of server %s had written is left behind", step.name, job.server)
            words = repr(error)
            self._cloud.database.transaction(lambda conn: journal.undone(conn, job, self._name, step, before, words))

    def _begin_again(self, plan: Plan, job: Job) -> bool:
        """After everything was undone: True when the operation starts anew, else it has ended."""
        error = revive(job.error or journal.preserve(InternalError()))
        try:
            if not job.cancelled and plan.again(job, error):
                self._cloud.database.transaction(lambda conn: journal.begin_again(conn, job, self._name, plan.steps[0]))
                job.position, job.attempt, job.unwinding, job.error = 0, job.attempt + 1, False, None
                return True
        except Cancelled:
            job.cancelled = True
        except (Unavailable, LeaseLost):
            raise
        except Exception:
            LOG.exception("Whether %s of server %s begins anew is not known: it ends", job.kind, job.server)
        self._fail(plan, job, error)
        return False

    def _fail(self, plan: Plan, job: Job, error: NovaError) -> None:
        database = self._cloud.database
        try:
            database.transaction(lambda conn: self._end(conn, job, lambda: _write_failure(conn, plan, job, error)))
        except (Unavailable, LeaseLost):
            raise
        except Exception:
            LOG.exception("How %s of server %s failed could not be written", job.kind, job.server)
            database.transaction(lambda conn: self._end(conn, job, lambda: outcome.collapse(conn, job, error)))

    def _end(self, conn: Connection, job: Job, write: Callable[[], None]) -> None:
        write()
        phase = "cancelled" if job.cancelled else "failed"
        job.followers = journal.end(conn, job, self.holder, phase, job.error)


def _write_failure(conn: Connection, plan: Plan, job: Job, error: NovaError) -> None:
    if job.cancelled:
        plan.cancelled(conn, job)
    else:
        plan.failed(conn, job, error)


def _in_words(error: Exception, job: Job, step: Step) -> NovaError:
    """An error as the journal keeps it; of one that nobody foresaw the log has the rest."""
    if isinstance(error, NovaError):
        return error
    LOG.error("Step %r of %s of server %s failed", step.name, job.kind, job.server, exc_info=error)
    return InternalError(log=repr(error))
