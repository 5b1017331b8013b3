"""The migrations, the schema as SQLAlchemy knows it, and the SQL texts of the running store say the same."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import vespera_sql
from vespera_core.app import requests as ask
from vespera_core.app.application import Vespera, init_workspace
from vespera_core.app.care.rebuild import digest, stored
from vespera_core.model.basics import Micros
from vespera_core.model.entity import Entity
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.ports.entities import ENTITY_COLUMNS
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Embedding, TaskVector, UnitOfWork, VectorMark
from vespera_sql import care, selection, sql
from vespera_sql.connection import SCHEMA_VERSION
from vespera_sql.migrate import create_store
from vespera_sql.plugin import SETTINGS
from vespera_sql.schema import metadata
from vespera_sql.store import open_store

MIGRATIONS = Path(vespera_sql.__file__).parent / "migrations"
TEXTS = {
    name: text
    for name, text in vars(sql).items()
    if name.isupper() and isinstance(text, str) and re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE) ", text)
}
QUERIES = {
    "bare": TaskQuery(),
    "ready": TaskQuery(ready_at=Micros(1), limit=5),
    "everything": TaskQuery(
        projects=("a",), without_projects=("b", "c"), statuses=("pending",), types=("bug", "task"),
        priorities=("high",), role="r", without_roles=("s",), assignee="x", parent_id="a-1", tags=("one", "two"),
        open=True, deleted=True, waiting_at=Micros(1), held_at=Micros(1), sort="updated", limit=3,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store's file, made by the migrations."""
    folder = tmp_path_factory.mktemp("migrated")
    create_store(SETTINGS, OpenContext(folder, lambda: 0))
    return folder / str(SETTINGS["path"])


@pytest.fixture
def connection(migrated: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(migrated)) as opened:
        yield opened


def prepare(connection: sqlite3.Connection, text: str) -> None:
    """Let SQLite compile a text without running it."""
    numbered = [int(number) for number in re.findall(r"\?(\d+)", text)]
    connection.execute(f"EXPLAIN {text}", [None] * (max(numbered) if numbered else text.count("?"))).fetchall()


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_fits_the_schema(connection: sqlite3.Connection, name: str) -> None:
    prepare(connection, TEXTS[name])


def test_all_names_in_capitals_are_texts_or_parts_of_texts() -> None:
    others = {name for name in vars(sql) if re.fullmatch(r"[A-Z][A-Z_]+", name)} - set(TEXTS)
    assert others == {
        "TASKS",
        "EVENT_COLUMNS",
        "ENTITY_COLUMNS",
        "TEXT_COLUMNS",
        "TEXT_RANK",
        "NODE_COLUMNS",
        "CHILD_OF",
        "PROJECT_COLUMNS",
        "READINESS_COLUMNS",
        "TASK_COLUMNS",
    }


@pytest.mark.parametrize("name", QUERIES)
def test_texts_that_are_put_together_fit_the_schema(connection: sqlite3.Connection, name: str) -> None:
    query = QUERIES[name]
    clauses = selection.conditions(query)
    texts = [selection.page_text, selection.count_text]
    for clause in [make(query, clauses) for make in texts]:
        connection.execute(f"EXPLAIN {clause.text}", clause.values).fetchall()


def test_live_claims_of_a_role_are_counted_by_index(connection: sqlite3.Connection) -> None:
    query = TaskQuery(role="r", held_at=Micros(1), sort="id", limit=1)
    clauses = selection.conditions(query)
    for clause in (selection.count_text(query, clauses), selection.page_text(query, clauses)):
        plan = connection.execute(f"EXPLAIN QUERY PLAN {clause.text}", clause.values).fetchall()
        assert any("USING INDEX task_held (role=?)" in row[-1] for row in plan), plan


def test_the_text_for_events_fits_the_schema(connection: sqlite3.Connection) -> None:
    query = EventQuery(
        entity="a", project_id="b", after_seq=1, before_seq=9, until=Micros(2), kinds=("x",), newest_first=True
    )
    clause = selection.events_text(query)
    assert clause.text.count("?") == len(clause.values) > 5
    connection.execute(f"EXPLAIN {clause.text}", clause.values).fetchall()


def test_the_text_for_entities_fits_the_schema(connection: sqlite3.Connection) -> None:
    assert sql.ENTITY_COLUMNS == ENTITY_COLUMNS
    for filters in ((None, None, None, None, None), ("run", ("a", "b"), "p", "o", ("x", "y"))):
        clause = selection.entities_text(*filters)
        assert clause.text.count("?") == len(clause.values)
        connection.execute(f"EXPLAIN {clause.text}", clause.values).fetchall()


@pytest.mark.parametrize("given", ["kind", "ids", "owner", "states"])
def test_entities_are_read_from_an_index(connection: sqlite3.Connection, given: str) -> None:
    filters = {"ids": ("a",), "owner": "o", "states": ("x",)}
    wanted = {name: value if name == given else None for name, value in filters.items()}
    clause = selection.entities_text("run", wanted["ids"], None, wanted["owner"], wanted["states"])  # type: ignore[arg-type]
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {clause.text}", clause.values))
    assert {"ids": "entity_id=?", "owner": "entity_by_owner", "states": "entity_by_state"}.get(given, "kind=?") in plan
    assert not re.search(r"SCAN entity", plan), plan


def test_the_ready_queue_is_read_from_its_index(connection: sqlite3.Connection) -> None:
    clause = selection.page_text(QUERIES["ready"], selection.conditions(QUERIES["ready"]))
    plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {clause.text}", clause.values))
    assert "task_ready" in plan
    assert not re.search(r"SCAN task(?! USING)", plan), plan


def test_migrations_lead_to_the_schema(migrated: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated}")
    options = {"include_name": lambda name, kind, _: kind != "table" or not str(name).startswith("task_text")}
    with engine.connect() as opened:
        assert compare_metadata(MigrationContext.configure(opened, opts=options), metadata) == []
    engine.dispose()


def test_migrations_make_the_same_statements_as_the_schema(migrated: Path, tmp_path: Path) -> None:
    """Constraints, partial indexes and strict tables, which the comparison above does not see."""
    engine = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    metadata.create_all(engine)
    engine.dispose()
    fresh, there = _statements(tmp_path / "fresh.db"), _statements(migrated)
    assert {name: there.get(name) for name in fresh} == fresh
    assert {name for name in there if name not in fresh and not name.startswith("task_text")} == {
        "alembic_version", "event_no_delete", "event_no_update", "task_no_delete",
    }  # fmt: skip


def _statements(path: Path) -> dict[str, list[str]]:
    """What made each table and index: its lines, in no special order."""
    with closing(sqlite3.connect(path)) as opened:
        rows = opened.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: sorted(line.strip(" \t,") for line in text.splitlines() if line.strip()) for name, text in rows}


def test_the_version_counts_the_migrations(connection: sqlite3.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert len(list(script.walk_revisions())) == SCHEMA_VERSION
    assert len(script.get_heads()) == 1
    assert len(list((MIGRATIONS / "versions").glob("m*.py"))) == SCHEMA_VERSION
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_the_log_only_grows(connection: sqlite3.Connection) -> None:
    names = ", ".join(sql.EVENT_COLUMNS)
    values = [1, "e", 0, "k", "p", "task", "t", 1, "a", "cli", "{}", "{}", "0", "1"]
    connection.execute(f"INSERT INTO event ({names}) VALUES ({', '.join('?' * len(values))})", values)
    for text in ("UPDATE event SET actor = 'b'", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(text)


# ---------------------------------------------------------------- upgrades


COPIED = ("project", "task", "relation", "event", "idempotency")
"""Tables of the first schema that hold the ledger; each later one must have their rows as they were."""
OLDER = range(1, SCHEMA_VERSION)


def furnish(folder: Path) -> None:
    """A ledger with something of every kind."""
    init_workspace(folder, prefix="mem", actor="vespera")
    with closing(Vespera.open(folder, actor="ann")) as ledger:
        ledger.tasks.create_task("Root", task_id="mem-r", metadata={"a": [1]})
        ledger.tasks.create_task("Leaf", task_id="mem-l", parent_id="mem-r", description="Grüne Äpfel 🦔")
        ledger.tasks.create_task("Other", task_id="mem-o", depends_on=("mem-l",), idempotency_key="key")
        ledger.tasks.comment("mem-l", "a remark")
        ledger.tasks.create_task("Gone", task_id="mem-g", depends_on=("mem-o",), parent_id="mem-r")
        ledger.tasks.delete_task("mem-g")
        ledger.tasks.complete_task("mem-l")


def as_of_schema(path: Path, version: int) -> None:
    """Turn a store into one that an older version made: its migrations, and the same rows."""
    newer = path.with_name("newer.db")
    path.rename(newer)
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as opened:
        config.attributes["connection"] = opened
        command.upgrade(config, f"{version:04}")
    engine.dispose()
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("ATTACH ? AS newer", (str(newer),))
        for table in COPIED:
            opened.execute(f"INSERT INTO {table} SELECT * FROM newer.{table}")
        opened.execute("INSERT INTO task_text (task_text) VALUES ('rebuild')")
        opened.execute(f"PRAGMA user_version = {version}")
        opened.commit()
    newer.unlink()


def held(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of the ledger."""
    with closing(sqlite3.connect(path)) as opened:
        return {table: opened.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in COPIED}


@pytest.mark.parametrize("version", OLDER)
def test_a_store_of_an_older_schema_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    furnish(tmp_path)
    path = tmp_path / ".vespera" / str(SETTINGS["path"])
    with closing(Vespera.open(tmp_path, actor="ann")) as ledger, ledger.kernel.storage.read() as reader:
        before = digest(stored(reader))
    as_of_schema(path, version)
    rows = held(path)
    assert all(rows[table] for table in COPIED)
    with closing(Vespera.open(tmp_path, actor="ann")) as ledger:
        assert held(path) == rows
        with ledger.kernel.storage.read() as reader:
            assert digest(stored(reader)) == before
            assert [task.task_id for task in reader.search(["apfel"], TaskQuery(), every=True).items] == ["mem-l"]
            assert [node.task_id for node in reader.graph_nodes()] == ["mem-l", "mem-o", "mem-r"]
        assert ledger.call("system.doctor", ask.Nothing()).healthy
        ledger.kernel.storage.write(keep_something)
    with closing(sqlite3.connect(path)) as opened:
        assert opened.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        there = {row[0] for row in opened.execute("SELECT name FROM sqlite_master")}
    with closing(Vespera.open(tmp_path, actor="ann")) as ledger, ledger.kernel.storage.read() as reader:
        assert reader.memos("s") == {"k": [1]}
        assert reader.secrets() == {"ref": b"sealed"}
        assert list(reader.task_vectors("m")) == [TaskVector("mem-r", 1, b"1234")]
        assert reader.entities("run", owner="mem-r") == [Entity("run", "r1", "mem", "mem-r", "open")]
    assert {"memo", "task_vector", "embedding", "task_deleted", "entity", "secret"} <= there
    (copy,) = (path.parent / "backups").glob(f"before-schema-{SCHEMA_VERSION}-from-{version}.db")
    assert held(copy) == rows


def keep_something(unit: UnitOfWork) -> None:
    """What the newer schema can keep; it outlives the opened store."""
    unit.put_memos("s", {"k": [1]})
    unit.put_secrets({"ref": b"sealed"})
    unit.put_embeddings("m", [Embedding("mem", "h", b"1234")])
    unit.put_vector_marks("m", [VectorMark("mem-r", 1, "mem", "h")])
    unit.put_entity(None, Entity("run", "r1", "mem", "mem-r", "open"))


def test_figures_name_the_sizes_of_the_file(tmp_path: Path) -> None:
    create_store(SETTINGS, context := OpenContext(tmp_path, lambda: 0))
    storage = open_store(SETTINGS, context)
    try:
        storage.write(keep_something)
        figures = storage.figures()
        assert set(figures) == {"file", "log", "free"}
        assert figures["file"] > 4096 < figures["log"]
        assert "0 steps" in storage.optimise()
    finally:
        storage.close()


def test_a_large_log_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(care, "_LARGE_LOG", 1)
    create_store(SETTINGS, context := OpenContext(tmp_path, lambda: 0))
    storage = open_store(SETTINGS, context)
    try:
        storage.write(keep_something)
        with storage.read() as reader:
            assert reader.memos("s")
            assert "cut off" not in storage.optimise()
        assert storage.optimise().endswith("log cut off")
        assert storage.figures()["log"] == 0
        storage.write(lambda unit: unit.put_memos("s", {"k": None}))
    finally:
        storage.close()


def test_statistics_leave_the_ready_queue_on_its_index(tmp_path: Path) -> None:
    furnish(tmp_path)
    path = tmp_path / ".vespera" / str(SETTINGS["path"])
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("ANALYZE")
        test_the_ready_queue_is_read_from_its_index(opened)
