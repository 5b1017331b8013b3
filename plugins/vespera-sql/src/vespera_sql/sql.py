"""Every SQL text of the running store, by name. Values are always bound; only our own column names are put together.

A test prepares each text against the migrated schema, so that a renamed column cannot stay unnoticed.
"""

from __future__ import annotations

from typing import Final

from vespera_core.model.graph import GraphNode
from vespera_core.model.task import CHILD_OF
from vespera_core.ports.rows import PROJECT_COLUMNS, READINESS_COLUMNS, TASK_COLUMNS


def _names(columns: tuple[str, ...], table: str = "") -> str:
    return ", ".join(f"{table}.{name}" if table else name for name in columns)


def _marks(columns: tuple[str, ...]) -> str:
    return ", ".join("?" * len(columns))


def _sets(columns: tuple[str, ...]) -> str:
    return ", ".join(f"{name} = ?" for name in columns)


LISTED: Final = "SELECT value FROM json_each(?)"
"""Values that are bound as one JSON text, however many there are."""

TASKS: Final = _names(TASK_COLUMNS, "task")
_READINESS_INPUT: Final = (
    "task_id, project_id, parent_id, category, deleted_at IS NOT NULL, defer_until, hold_kind, lease_until,"
    " open_blockers, open_children, held, wait_until, ready_at"
)
EVENT_COLUMNS: Final = (
    "seq", "event_id", "at", "kind", "project_id", "entity_type", "entity", "entity_version", "actor", "origin",
    "context", "payload", "prev_hash", "hash",
)  # fmt: skip
ENTITY_COLUMNS: Final = (
    "kind", "entity_id", "project_id", "owner", "state", "data", "version", "created_at", "updated_at",
)  # fmt: skip
_UPDATED: Final = tuple(name for name in TASK_COLUMNS if name != "task_id")

TASK_BY_ID: Final = f"SELECT {TASKS} FROM task WHERE task_id = ?"
TASKS_BY_ID: Final = f"SELECT {TASKS} FROM task WHERE task_id IN (SELECT value FROM json_each(?))"
IDS_WITH_PREFIX: Final = "SELECT task_id FROM task WHERE task_id >= ? AND task_id < ? ORDER BY task_id LIMIT ?"

READINESS_BY_ID: Final = f"SELECT {_READINESS_INPUT} FROM task WHERE task_id = ?"
READINESS_BY_IDS: Final = f"SELECT {_READINESS_INPUT} FROM task WHERE task_id IN (SELECT value FROM json_each(?))"

RELATIONS_FROM: Final = "SELECT kind, target FROM relation WHERE source = ? ORDER BY kind, target"
RELATIONS_FROM_MANY: Final = """
SELECT source, kind, target FROM relation WHERE source IN (SELECT value FROM json_each(?))
ORDER BY source, kind, target
"""
EDGES_OUT: Final = """
SELECT source, kind, target FROM relation WHERE source = ?1
UNION ALL SELECT task_id, 'child_of', parent_id FROM task WHERE task_id = ?1 AND parent_id IS NOT NULL
"""
EDGES_IN: Final = """
SELECT source, kind, target FROM relation WHERE target = ?1
UNION ALL SELECT task_id, 'child_of', parent_id FROM task WHERE parent_id = ?1
"""
EDGES_OUT_MANY: Final = """
SELECT source, kind, target FROM relation WHERE source IN (SELECT value FROM json_each(?1))
UNION ALL SELECT task_id, 'child_of', parent_id FROM task
  WHERE task_id IN (SELECT value FROM json_each(?1)) AND parent_id IS NOT NULL
"""
EDGES_IN_MANY: Final = """
SELECT source, kind, target FROM relation WHERE target IN (SELECT value FROM json_each(?1))
UNION ALL SELECT task_id, 'child_of', parent_id FROM task WHERE parent_id IN (SELECT value FROM json_each(?1))
"""

PROJECTS: Final = f"SELECT {_names(PROJECT_COLUMNS)} FROM project ORDER BY project_id"
PROJECT_BY_ID: Final = f"SELECT {_names(PROJECT_COLUMNS)} FROM project WHERE project_id = ?"
PUT_PROJECT: Final = (
    f"INSERT INTO project ({_names(PROJECT_COLUMNS)}) VALUES ({_marks(PROJECT_COLUMNS)})"
    f" ON CONFLICT (project_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in PROJECT_COLUMNS[1:])}"
)
TALLY: Final = (
    "SELECT project_id, status, type, count(*) FROM task WHERE deleted_at IS NULL"
    " GROUP BY project_id, status, type ORDER BY project_id, status, type"
)

ENTITIES: Final = f"SELECT {_names(ENTITY_COLUMNS)} FROM entity"
ENTITY_BY_ID: Final = f"{ENTITIES} WHERE kind = ? AND entity_id = ?"
INSERT_ENTITY: Final = (
    f"INSERT INTO entity ({_names(ENTITY_COLUMNS)}) VALUES ({_marks(ENTITY_COLUMNS)}) ON CONFLICT DO NOTHING"
)
UPDATE_ENTITY: Final = f"UPDATE entity SET {_sets(ENTITY_COLUMNS[2:])} WHERE kind = ? AND entity_id = ? AND version = ?"

INSERT_TASK: Final = (
    f"INSERT INTO task ({_names(TASK_COLUMNS + READINESS_COLUMNS)}) VALUES ({_marks(TASK_COLUMNS + READINESS_COLUMNS)})"
)
UPDATE_TASK: Final = f"UPDATE task SET {_sets(_UPDATED)}, category = ? WHERE task_id = ? AND version = ?"
SET_READINESS: Final = (
    "UPDATE task SET open_blockers = ?, open_children = ?, held = ?, wait_until = ?, ready_at = ? WHERE task_id = ?"
)
TEXT_COLUMNS: Final = ("title", "description", "acceptance_criteria", "notes")
TEXT_RANK: Final = "bm25(task_text, 4.0, 1.0, 1.0, 1.0)"
LAST_ROW: Final = "SELECT coalesce(max(row), 0) FROM task"
INDEX_NEW_TEXT: Final = f"INSERT INTO task_text (rowid, {_names(TEXT_COLUMNS)}) VALUES (?, {_marks(TEXT_COLUMNS)})"
INDEX_TEXTS: Final = (
    f"INSERT INTO task_text (rowid, {_names(TEXT_COLUMNS)}) SELECT row, {_names(TEXT_COLUMNS)} FROM task WHERE row > ?"
)
UNINDEX_TEXT: Final = (
    f"INSERT INTO task_text (task_text, rowid, {_names(TEXT_COLUMNS)})"
    f" SELECT 'delete', row, {_marks(TEXT_COLUMNS)} FROM task WHERE task_id = ?"
)
INDEX_TEXT: Final = f"""
INSERT INTO task_text (rowid, {_names(TEXT_COLUMNS)}) SELECT row, {_names(TEXT_COLUMNS)} FROM task WHERE task_id = ?
"""
READY_AT: Final = "SELECT project_id, ready_at FROM task WHERE task_id = ?"
SET_LEASE: Final = "UPDATE task SET lease_until = ? WHERE task_id = ?"
ADD_READY: Final = "UPDATE project SET ready_count = ready_count + ? WHERE project_id = ?"
INSERT_RELATION: Final = "INSERT INTO relation (source, kind, target, project_id) VALUES (?, ?, ?, ?)"
DELETE_RELATION: Final = "DELETE FROM relation WHERE source = ? AND kind = ? AND target = ?"

LAST_EVENT: Final = "SELECT seq, at FROM event ORDER BY seq DESC LIMIT 1"
LAST_HASH: Final = "SELECT hash FROM event WHERE project_id = ? ORDER BY seq DESC LIMIT 1"
INSERT_EVENT: Final = f"INSERT INTO event ({_names(EVENT_COLUMNS)}) VALUES ({_marks(EVENT_COLUMNS)})"
EVENTS: Final = f"SELECT {_names(EVENT_COLUMNS)} FROM event"

RECALL: Final = (
    "SELECT request_hash, result, expires_at FROM idempotency WHERE actor = ? AND key = ? AND expires_at > ?"
)
FORGET: Final = "DELETE FROM idempotency WHERE expires_at <= ?"
REMEMBER: Final = (
    "INSERT OR REPLACE INTO idempotency (actor, key, request_hash, result, expires_at) VALUES (?, ?, ?, ?, ?)"
)

POSITION: Final = "SELECT coalesce(max(seq), 0) FROM event"
NODE_COLUMNS: Final = GraphNode._fields
NODES: Final = f"SELECT {_names(NODE_COLUMNS)} FROM task WHERE deleted_at IS NULL ORDER BY task_id"
NODES_BY_IDS: Final = f"""
SELECT {_names(NODE_COLUMNS)} FROM task
WHERE deleted_at IS NULL AND task_id IN (SELECT value FROM json_each(?)) ORDER BY task_id
"""


RELATIONS: Final = "SELECT source, kind, target FROM relation ORDER BY source, kind, target"
CHILDREN: Final = f"SELECT task_id, '{CHILD_OF}', parent_id FROM task WHERE parent_id IS NOT NULL"
CHILDREN_OF_IDS: Final = f"{CHILDREN} AND task_id IN (SELECT value FROM json_each(?))"
DELETED: Final = "SELECT task_id FROM task WHERE deleted_at IS NOT NULL"

EMBEDDINGS: Final = """
SELECT embedding.project_id, embedding.content_hash, embedding.vector FROM json_each(?) AS wanted
CROSS JOIN embedding ON embedding.model = ? AND embedding.project_id = json_extract(wanted.value, '$[0]')
  AND embedding.content_hash = json_extract(wanted.value, '$[1]')
"""
VECTOR_ROWS: Final = """
SELECT task_vector.task_id, task_vector.version, embedding.row FROM task_vector
CROSS JOIN embedding ON embedding.model = task_vector.model AND embedding.project_id = task_vector.project_id
  AND embedding.content_hash = task_vector.content_hash
WHERE task_vector.model = ?
"""
LIVE_VECTOR_ROWS: Final = f"""
{VECTOR_ROWS} AND task_vector.task_id NOT IN ({DELETED}) ORDER BY task_vector.task_id
"""
LAST_VECTOR: Final = "SELECT coalesce(max(row), 0) FROM embedding"
VECTORS: Final = "SELECT row, vector FROM embedding WHERE +model = ?"  # the plus: read on, and not by the index
VECTORS_BY_ROW: Final = "SELECT row, vector FROM embedding WHERE row IN (SELECT value FROM json_each(?))"
VECTOR_VERSIONS: Final = "SELECT task_id, version FROM task_vector WHERE model = ?"
VECTOR_VERSIONS_OF: Final = f"{VECTOR_VERSIONS} AND task_id IN (SELECT value FROM json_each(?))"
PUT_EMBEDDING: Final = (
    "INSERT INTO embedding (model, project_id, content_hash, vector) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
PUT_VECTOR_MARK: Final = """
INSERT INTO task_vector (model, task_id, version, project_id, content_hash)
SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM task WHERE task_id = ?2)
ON CONFLICT (model, task_id) DO UPDATE
SET version = excluded.version, project_id = excluded.project_id, content_hash = excluded.content_hash
WHERE excluded.version >= version
"""
PRUNE_MARKS: Final = f"""
DELETE FROM task_vector WHERE model <> ? OR task_id IN ({DELETED})
"""
PRUNE_EMBEDDINGS: Final = """
DELETE FROM embedding WHERE (model, project_id, content_hash) NOT IN
  (SELECT model, project_id, content_hash FROM task_vector)
"""
MEMOS: Final = "SELECT key, value FROM memo WHERE space = ? ORDER BY key"
PUT_MEMO: Final = "INSERT OR REPLACE INTO memo (space, key, value) VALUES (?, ?, ?)"
FORGET_MEMO: Final = "DELETE FROM memo WHERE space = ? AND key = ?"
SECRETS: Final = "SELECT ref, sealed FROM secret ORDER BY ref"
SECRETS_OF: Final = "SELECT ref, sealed FROM secret WHERE ref IN (SELECT value FROM json_each(?)) ORDER BY ref"
PUT_SECRET: Final = "INSERT OR REPLACE INTO secret (ref, sealed) VALUES (?, ?)"  # noqa: S105 - a statement
FORGET_SECRET: Final = "DELETE FROM secret WHERE ref = ?"  # noqa: S105 - a statement
TEXT_MERGE: Final = "INSERT INTO task_text(task_text, rank) VALUES ('merge', ?)"

READY_COUNT: Final = "SELECT project_id, ready_count FROM project"
COUNT_READY: Final = "SELECT project_id, count(*) FROM task WHERE ready_at = 0 GROUP BY project_id"
TEXT_CHECK: Final = "INSERT INTO task_text(task_text, rank) VALUES ('integrity-check', 1)"
