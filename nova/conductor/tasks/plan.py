"""What an operation is made of.

A step asks other daemons (`ask`) and then writes what it learned (`record`), in the one transaction that also
journals the step as done. Its undo is the mirror: `undo` asks, `unrecord` writes. Every part may be repeated, and every
undo accepts that its step never happened, or only half: the failing step is undone too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from oslo_config import cfg
from sqlalchemy import Connection

from nova.base.context import RequestContext
from nova.bus.bus import Bus
from nova.conductor.db.engine import Database
from nova.contracts.errors import NovaError
from nova.contracts.states import TaskState


@dataclass(frozen=True)
class Cloud:
    """What steps work with."""

    conf: cfg.ConfigOpts
    database: Database
    bus: Bus


@dataclass
class Job:
    """One operation under way.

    `notes` is what steps learned, kept with the journal: plain JSON values only. `error` is the preserved error that
    made it turn back, with the failing `step`'s name. `followers` are tasks that waited for its end. `memory` is
    what this process need not read twice; a conductor that takes over begins without it. `step` is where the journal
    stood when the job was loaded, and `position` that step's place in this release's plan, -1 when all is undone.
    """

    id: str
    kind: str
    server: str
    project_id: str
    context: RequestContext
    arguments: dict[str, Any]
    notes: dict[str, Any]
    cloud: Cloud
    step: str | None = None
    position: int = 0
    attempt: int = 0
    unwinding: bool = False
    cancelled: bool = False
    error: dict[str, Any] | None = None
    followers: list[str] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)

    def leave(self, step: str) -> None:
        """Note that what this step was to take away may still be there: convergence takes it away later."""
        self.notes["left"] = sorted({*self.left, step})

    @property
    def left(self) -> list[str]:
        """Steps whose work may still be there though it was to be taken away."""
        found: list[str] = self.notes.get("left", [])
        return found


Ask = Callable[[Job], None]
Record = Callable[[Connection, Job], None]


@dataclass(frozen=True)
class Step:
    """One step. `patience` is how many seconds a daemon that does not answer is asked again before the step fails.

    `shows` is the task state the server has while the step runs.
    """

    name: str
    ask: Ask | None = None
    record: Record | None = None
    undo: Ask | None = None
    unrecord: Record | None = None
    shows: TaskState | None = None
    patience: float = 60.0
    may_be_skipped: bool = False
    """Whether the operation goes on when `ask` fails: for clean-up that convergence finishes."""


class Again(Protocol):
    """Decides, after everything was undone, whether to begin anew; may write to the job's notes."""

    def __call__(self, job: Job, error: NovaError) -> bool:
        """True to begin at the first step again."""


def never_again(job: Job, error: NovaError) -> bool:
    """For operations that are not tried elsewhere."""
    return False


def no_record(conn: Connection, job: Job) -> None:
    """Nothing to write."""


@dataclass(frozen=True)
class Plan:
    """An operation: its steps, and what is written at its end, in the transaction that ends the task."""

    kind: str
    steps: tuple[Step, ...]
    succeeded: Record
    failed: Callable[[Connection, Job, NovaError], None]
    cancelled: Record = no_record
    again: Again = never_again

    def position_of(self, step: str | None) -> int | None:
        """Where the step of this name stands, -1 for the empty name; None when this release has no such step."""
        if step == "":
            return -1
        return next((position for position, each in enumerate(self.steps) if each.name == step), None)

    def makes_nothing(self) -> bool:
        """Whether no step has anything to undo."""
        return all(step.undo is None and step.unrecord is None for step in self.steps)
