"""What helpers of the core derive and keep: memos, and vectors tied to the tasks that have their text.

Frozen: a later change of the schema is a later migration.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. The first schema's embeddings, which nothing ever wrote, get a shape that reads fast.

    A vector of 1 KB does not fit into a page of a table without rowid: it would overflow, and each reading cost twice.
    """
    op.drop_table("embedding")
    op.create_table(
        "embedding",
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("row"),
        sa.UniqueConstraint("model", "project_id", "content_hash"),
        sqlite_strict=True,
    )
    op.create_table(
        "task_vector",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model", "task_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "memo",
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("space", "key"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("task_deleted", "task", ["task_id"], unique=False, sqlite_where=sa.text("deleted_at IS NOT NULL"))
    op.drop_index("task_by_parent", "task")
    op.create_index(
        "task_by_parent", "task", ["parent_id", "task_id"], unique=False, sqlite_where=sa.text("parent_id IS NOT NULL")
    )


def downgrade() -> None:
    """There is no way back but the copy that was made before the upgrade."""
    raise RuntimeError("Bring back the copy that was made before the upgrade.")
