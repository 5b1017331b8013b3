"""Entities: facts of the ledger beside tasks and projects.

Frozen: a later change of the schema is a later migration.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. It has a rowid, since what an entity carries may be longer than a page."""
    op.create_table(
        "entity",
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("row"),
        sa.UniqueConstraint("kind", "entity_id"),
        sqlite_strict=True,
    )
    op.create_index("entity_by_owner", "entity", ["kind", "owner", "entity_id"], unique=False)
    op.create_index("entity_by_state", "entity", ["kind", "state", "entity_id"], unique=False)


def downgrade() -> None:
    """There is no way back but the copy that was made before the upgrade."""
    raise RuntimeError("Bring back the copy that was made before the upgrade.")
