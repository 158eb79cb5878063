"""A task stands at a step by its name: a number would mean another step once a release changes the plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the name. Tasks under way have none: their conductors undo them and begin anew.

    The number goes, though migrations otherwise only add: no release was made that writes it.
    """
    op.add_column("tasks", sa.Column("step", sa.String(64)))
    op.drop_column("tasks", "position")
