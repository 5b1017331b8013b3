"""The first schema: projects, tasks with their readiness, relations, the event log, idempotency answers, embeddings.

Frozen: a later change of the schema is a later migration.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT_INDEX = """
CREATE VIRTUAL TABLE task_text USING fts5(
  title, description, acceptance_criteria, notes, content='task', content_rowid='row',
  tokenize='porter unicode61 remove_diacritics 2')
"""

TRIGGERS = (
    """
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN
  SELECT RAISE(ABORT, 'the event log is append-only: events are never changed');
END
""",
    """
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN
  SELECT RAISE(ABORT, 'the event log is append-only: events are never removed');
END
""",
    """
CREATE TRIGGER task_no_delete BEFORE DELETE ON task BEGIN
  SELECT RAISE(ABORT, 'tasks are deleted by marking them, so that they can be restored');
END
""",
)
"""The log only grows, and tasks stay. The text index has no trigger: SQLite refuses virtual tables in the triggers of a
schema that it does not trust, and this store trusts none."""


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "embedding",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "content_hash", "model"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("entity", "entity_type", "entity_version"),
        sa.UniqueConstraint("event_id"),
        sqlite_strict=True,
    )
    op.create_index("event_by_project", "event", ["project_id", "seq"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("idempotency_by_expiry", "idempotency", ["expires_at"], unique=False)
    op.create_table(
        "project",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ready_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("project_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "task",
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("acceptance_criteria", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Integer(), nullable=True),
        sa.Column("defer_until", sa.Integer(), nullable=True),
        sa.Column("estimate_minutes", sa.Integer(), nullable=True),
        sa.Column("external_ref", sa.Text(), nullable=True),
        sa.Column("block_reason", sa.Text(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.Integer(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.Integer(), nullable=True),
        sa.Column("delete_batch", sa.Text(), nullable=True),
        sa.Column("hold_kind", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Integer(), nullable=True),
        sa.Column("lease_seconds", sa.Integer(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("open_blockers", sa.Integer(), nullable=False),
        sa.Column("open_children", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("wait_until", sa.Integer(), nullable=True),
        sa.Column("ready_at", sa.Integer(), nullable=True),
        sa.CheckConstraint("open_blockers >= 0 AND open_children >= 0"),
        sa.CheckConstraint("priority BETWEEN 0 AND 4"),
        sa.ForeignKeyConstraint(["parent_id"], ["task.task_id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.project_id"],
        ),
        sa.PrimaryKeyConstraint("row"),
        sa.UniqueConstraint("task_id"),
        sqlite_strict=True,
    )
    op.create_index(
        "task_by_parent", "task", ["parent_id"], unique=False, sqlite_where=sa.text("parent_id IS NOT NULL")
    )
    op.create_index(
        "task_live",
        "task",
        ["priority", "created_at", "task_id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "task_live_in_project",
        "task",
        ["project_id", "priority", "created_at", "task_id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "task_ready", "task", ["priority", "created_at", "task_id"], unique=False, sqlite_where=sa.text("ready_at = 0")
    )
    op.create_index(
        "task_ready_in_project",
        "task",
        ["project_id", "priority", "created_at", "task_id"],
        unique=False,
        sqlite_where=sa.text("ready_at = 0"),
    )
    op.create_index("task_ready_later", "task", ["ready_at"], unique=False, sqlite_where=sa.text("ready_at > 0"))
    op.create_table(
        "relation",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["task.task_id"], initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["target"], ["task.task_id"], initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("source", "kind", "target"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("relation_by_target", "relation", ["target", "kind"], unique=False)
    op.execute(TEXT_INDEX)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    """There is no schema before the first."""
    raise RuntimeError("The first schema has no predecessor.")
