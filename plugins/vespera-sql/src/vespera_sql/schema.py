"""The schema, as SQLAlchemy knows it. Migrations bring a file to this shape; a test holds the two against each other.

Imported by migrations and tests only: the running store speaks to SQLite through the texts in `sql.py`. The text index
and the triggers, which SQLAlchemy cannot express, stand in the migrations alone.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()


def _text(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=null, server_default=None if default is None else text(f"'{default}'"))


def _integer(name: str, *, null: bool = False, default: int | None = None) -> Column[int]:
    return Column(name, Integer, nullable=null, server_default=None if default is None else text(str(default)))


project = Table(
    "project",
    metadata,
    Column("project_id", Text, primary_key=True, nullable=False),
    _text("name"),
    _text("description"),
    _text("status"),
    _text("workflow"),
    _text("metadata"),
    _integer("created_at"),
    _text("created_by"),
    _integer("updated_at"),
    _integer("version"),
    _integer("ready_count", default=0),
    sqlite_strict=True,
)

task = Table(
    "task",
    metadata,
    Column("row", Integer, primary_key=True, nullable=True),
    Column("task_id", Text, nullable=False),
    Column("project_id", Text, ForeignKey("project.project_id"), nullable=False),
    _text("title"),
    _text("description"),
    _text("type"),
    _text("status"),
    _integer("priority"),
    Column("parent_id", Text, ForeignKey("task.task_id", deferrable=True, initially="DEFERRED"), nullable=True),
    _text("role", null=True),
    _text("assignee", null=True),
    _text("acceptance_criteria"),
    _text("notes"),
    _text("tags"),
    _text("metadata"),
    _integer("due_at", null=True),
    _integer("defer_until", null=True),
    _integer("estimate_minutes", null=True),
    _text("external_ref", null=True),
    _text("block_reason", null=True),
    _text("close_reason", null=True),
    _integer("created_at"),
    _text("created_by"),
    _integer("updated_at"),
    _integer("started_at", null=True),
    _integer("closed_at", null=True),
    _text("closed_by", null=True),
    _integer("deleted_at", null=True),
    _text("delete_batch", null=True),
    _text("hold_kind", null=True),
    _text("lease_owner", null=True),
    _integer("lease_until", null=True),
    _integer("lease_seconds", null=True),
    _integer("fence"),
    _text("checkpoint", null=True),
    _integer("version"),
    _text("category"),
    _integer("open_blockers"),
    _integer("open_children"),
    _integer("held"),
    _integer("wait_until", null=True),
    _integer("ready_at", null=True),
    UniqueConstraint("task_id"),
    CheckConstraint("priority BETWEEN 0 AND 4"),
    CheckConstraint("open_blockers >= 0 AND open_children >= 0"),
    sqlite_strict=True,
)
_LIVE = task.c.deleted_at.is_(None)
Index("task_live", task.c.priority, task.c.created_at, task.c.task_id, sqlite_where=_LIVE)
Index(
    "task_live_in_project",
    task.c.project_id,
    task.c.priority,
    task.c.created_at,
    task.c.task_id,
    sqlite_where=_LIVE,
)
Index("task_by_parent", task.c.parent_id, task.c.task_id, sqlite_where=task.c.parent_id.is_not(None))
Index("task_ready", task.c.priority, task.c.created_at, task.c.task_id, sqlite_where=task.c.ready_at == text("0"))
Index(
    "task_ready_in_project",
    task.c.project_id,
    task.c.priority,
    task.c.created_at,
    task.c.task_id,
    sqlite_where=task.c.ready_at == text("0"),
)
Index("task_ready_later", task.c.ready_at, sqlite_where=task.c.ready_at > text("0"))
Index("task_held", task.c.role, sqlite_where=task.c.hold_kind == text("'worker'"))  # by role: capacity is counted
Index("task_deleted", task.c.task_id, sqlite_where=task.c.deleted_at.is_not(None))  # few rows: writes hardly pay for it

relation = Table(
    "relation",
    metadata,
    Column("source", Text, ForeignKey("task.task_id", deferrable=True, initially="DEFERRED"), nullable=False),
    _text("kind"),
    Column("target", Text, ForeignKey("task.task_id", deferrable=True, initially="DEFERRED"), nullable=False),
    _text("project_id"),  # after the key: SQLite 3.40's integrity check misreads other orders without a rowid
    PrimaryKeyConstraint("source", "kind", "target"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
Index("relation_by_target", relation.c.target, relation.c.kind)

event = Table(
    "event",
    metadata,
    Column("seq", Integer, primary_key=True, nullable=True),
    _text("event_id"),
    _integer("at"),
    _text("kind"),
    _text("project_id"),
    _text("entity_type"),
    _text("entity"),
    _integer("entity_version"),
    _text("actor"),
    _text("origin"),
    _text("context"),
    _text("payload"),
    _text("prev_hash"),
    _text("hash"),
    UniqueConstraint("event_id"),
    UniqueConstraint("entity", "entity_type", "entity_version"),
    sqlite_strict=True,
)
Index("event_by_project", event.c.project_id, event.c.seq)

idempotency = Table(
    "idempotency",
    metadata,
    _text("actor"),
    _text("key"),
    _text("request_hash"),
    _text("result"),
    _integer("expires_at"),
    PrimaryKeyConstraint("actor", "key"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
Index("idempotency_by_expiry", idempotency.c.expires_at)

embedding = Table(
    "embedding",
    metadata,
    Column("row", Integer, primary_key=True, nullable=True),
    _text("model"),
    _text("project_id"),
    _text("content_hash"),
    Column("vector", LargeBinary, nullable=False),
    UniqueConstraint("model", "project_id", "content_hash"),
    sqlite_strict=True,
)

task_vector = Table(
    "task_vector",
    metadata,
    _text("model"),
    _text("task_id"),
    _integer("version"),
    _text("project_id"),
    _text("content_hash"),
    PrimaryKeyConstraint("model", "task_id"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

memo = Table(
    "memo",
    metadata,
    _text("space"),
    _text("key"),
    _text("value"),
    PrimaryKeyConstraint("space", "key"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

secret = Table(
    "secret",
    metadata,
    _text("ref"),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("ref"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

entity = Table(
    "entity",
    metadata,
    Column("row", Integer, primary_key=True, nullable=True),
    _text("kind"),
    _text("entity_id"),
    _text("project_id"),
    _text("owner"),
    _text("state"),
    _text("data"),
    _integer("version"),
    _integer("created_at"),
    _integer("updated_at"),
    UniqueConstraint("kind", "entity_id"),
    sqlite_strict=True,
)
Index("entity_by_owner", entity.c.kind, entity.c.owner, entity.c.entity_id)
Index("entity_by_state", entity.c.kind, entity.c.state, entity.c.entity_id)
