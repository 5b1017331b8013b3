"""Sealed secrets, outside of the log, which can never be sealed anew with another key.

Frozen: a later change of the schema is a later migration.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "secret",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ref"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """There is no way back but the copy that was made before the upgrade."""
    raise RuntimeError("Bring back the copy that was made before the upgrade.")
