"""Tasks and their journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.kinds import OPTIONS, big_number, long_text, moment, stamps

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("server_uuid", sa.String(36)),
        sa.Column("project_id", sa.String(255)),
        sa.Column("request_id", sa.String(64)),
        sa.Column("context", long_text(), nullable=False),
        sa.Column("arguments", long_text(), nullable=False),
        sa.Column("notes", long_text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("after_task", sa.String(36)),
        sa.Column("owner", sa.String(255)),
        sa.Column("lease_until", moment()),
        sa.Column("deadline", moment()),
        sa.Column("finished_at", moment()),
        sa.Column("error", long_text()),
        *stamps(),
        **OPTIONS,
    )
    op.create_index("tasks_after_task_idx", "tasks", ["after_task"])
    op.create_index("tasks_finished_at_idx", "tasks", ["finished_at"])
    op.create_index("tasks_phase_lease_until_idx", "tasks", ["phase", "lease_until"])
    op.create_index("tasks_server_uuid_phase_idx", "tasks", ["server_uuid", "phase"])
    op.create_table(
        "task_steps",
        sa.Column("id", big_number(), primary_key=True),
        sa.Column("task_id", sa.String(36), nullable=False),
        sa.Column("step", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("at", moment(), nullable=False),
        sa.Column("detail", long_text()),
        *stamps(),
        **OPTIONS,
    )
    op.create_index("task_steps_task_id_idx", "task_steps", ["task_id", "id"])
    op.create_table(
        "client_tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("token", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(128), nullable=False),
        sa.Column("answer", long_text(), nullable=False),
        *stamps(),
        sa.UniqueConstraint("project_id", "token", name="uniq_client_tokens0project_id0token"),
        **OPTIONS,
    )
    op.create_index("client_tokens_created_at_idx", "client_tokens", ["created_at"])
