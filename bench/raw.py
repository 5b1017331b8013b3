"""The raw limit of writing: the standard library's sqlite3 with the same schema, the same pragmas and the same rows.

The rows are copied out of a store that Vespera has filled, as finished tuples: no ids, hashes or JSON are made while
the clock runs. Primary keys come with the rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

Row = tuple[Any, ...]

TEXTS = "SELECT row, title, description, acceptance_criteria, notes FROM task"
INSERT_TEXT = "INSERT INTO task_text (rowid, title, description, acceptance_criteria, notes) VALUES (?, ?, ?, ?, ?)"
BEGIN = "BEGIN IMMEDIATE"


class Rows(NamedTuple):
    """What Vespera wrote."""

    tasks: Sequence[Row]
    events: Sequence[Row]
    texts: Sequence[Row]
    relations: Sequence[Row]


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the promises that Vespera's own has; the file is in WAL mode already."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, cached_statements=256)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def rows_after(path: Path, row: int = 0) -> Rows:
    """The tasks after a row, with their events, texts and relations; a task's own creation is its only event."""
    with closing(connect(path)) as store:
        tasks = store.execute("SELECT * FROM task WHERE row > ? ORDER BY row", (row,)).fetchall()
        events = store.execute(
            "SELECT event.* FROM event JOIN task ON task.task_id = event.entity"
            " WHERE task.row > ? AND event.entity_version = 1 AND entity_type = 'task' ORDER BY task.row", (row,),
        ).fetchall()  # fmt: skip
        texts = store.execute(f"{TEXTS} WHERE row > ? ORDER BY row", (row,)).fetchall()
        relations = store.execute(
            "SELECT relation.* FROM relation JOIN task ON task.task_id = source WHERE task.row > ?", (row,)
        ).fetchall()
    return Rows(tasks, events, texts, relations)


class RawWriter:
    """Writes finished rows, and nothing else."""

    def __init__(self, path: Path) -> None:
        self.connection = connect(path)
        self._insert = {name: self._text(name) for name in ("task", "event", "relation")}

    def _text(self, table: str) -> str:
        columns = self.connection.execute(f"SELECT count(*) FROM pragma_table_info('{table}')").fetchone()[0]
        return f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"

    def create(self, rows: Rows, a_commit: int = 1) -> None:
        """Create after create, so many in each transaction."""
        execute = self.connection.execute
        task_text, event_text = self._insert["task"], self._insert["event"]
        whole = list(zip(rows.tasks, rows.texts, rows.events, strict=True))
        for start in range(0, len(whole), a_commit):
            execute(BEGIN)
            for task, text, event in whole[start : start + a_commit]:
                execute(task_text, task)
                execute(INSERT_TEXT, text)
                execute(event_text, event)
            execute("COMMIT")

    def load(self, tasks: Iterable[Row], events: Iterable[Row], texts: Iterable[Row], relations: Iterable[Row]) -> None:
        """Everything at once, in one transaction."""
        many = self.connection.executemany
        self.connection.execute(BEGIN)
        many(self._insert["task"], tasks)
        many(INSERT_TEXT, texts)
        many(self._insert["event"], events)
        many(self._insert["relation"], relations)
        self.connection.execute("COMMIT")

    def close(self) -> None:
        self.connection.close()


class Commit:
    """One commit and nothing more: a change of one small row, made durable. Its own file, on the same disk."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)

    def __call__(self) -> None:
        self._connection.execute(BEGIN)
        self._connection.execute("UPDATE project SET ready_count = ready_count + 1")
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def streamed(path: Path) -> Iterator[Iterator[Row]]:
    """The rows of a whole store, table after table, without holding them."""
    store = connect(path)
    for query in ("SELECT * FROM task", "SELECT * FROM event WHERE entity_type = 'task' AND entity_version = 1", TEXTS,
                  "SELECT * FROM relation"):  # fmt: skip
        yield store.execute(query)
