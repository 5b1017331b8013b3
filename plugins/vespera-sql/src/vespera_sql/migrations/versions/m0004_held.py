"""Held tasks by role: capacity is counted within every claim.

Frozen: a later change of the schema is a later migration.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index. The end of the lease is no part of it, so that a heartbeat writes nothing here."""
    op.create_index("task_held", "task", ["role"], unique=False, sqlite_where=sa.text("hold_kind = 'worker'"))


def downgrade() -> None:
    """There is no way back but the copy that was made before the upgrade."""
    raise RuntimeError("Bring back the copy that was made before the upgrade.")
