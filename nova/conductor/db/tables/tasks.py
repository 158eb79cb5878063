"""The journal: operations as tasks, their steps, and answers kept for clients that ask twice."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, UniqueConstraint

from nova.conductor.db.tables.columns import document, long_number, moment, number, table, uuid, word

tasks = table(
    "tasks",
    uuid("id", primary_key=True),
    word("kind", 64, nullable=False),
    uuid("server_uuid"),
    word("project_id"),
    word("request_id", 64),
    document("context", nullable=False),
    document("arguments", nullable=False),
    document("notes", nullable=False),
    # The name of the step under way or being undone; empty when all is undone. Plans change, names stay.
    word("step", 64),
    word("phase", 16, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("cancel", Boolean, nullable=False, default=False),
    uuid("after_task"),
    word("owner"),
    moment("lease_until"),
    moment("deadline"),
    moment("finished_at"),
    document("error"),
    Index("tasks_phase_lease_until_idx", "phase", "lease_until"),
    Index("tasks_server_uuid_phase_idx", "server_uuid", "phase"),
    Index("tasks_after_task_idx", "after_task"),
    Index("tasks_finished_at_idx", "finished_at"),
)

task_steps = table(
    "task_steps",
    long_number(),
    uuid("task_id", nullable=False),
    word("step", 64, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    word("event", 16, nullable=False),
    moment("at", nullable=False),
    document("detail"),
    Index("task_steps_task_id_idx", "task_id", "id"),
)

client_tokens = table(
    "client_tokens",
    number(),
    word("project_id", nullable=False),
    word("token", nullable=False),
    word("digest", 128, nullable=False),
    document("answer", nullable=False),
    UniqueConstraint("project_id", "token", name="uniq_client_tokens0project_id0token"),
    Index("client_tokens_created_at_idx", "created_at"),
)
