"""The transaction: what all units of one commit know together. Read from the file under the lock, and gone with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from vespera_core.model.event import GENESIS, EventRow
from vespera_core.model.project import Project
from vespera_core.ports.storage import Tail
from vespera_sql import sql


class Transaction:
    """Where the log ends, projects as they stand, and steps of the ready counters, written once before the commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.forget()

    def forget(self) -> None:
        """Start anew from the file: at the beginning, and after a savepoint was rolled back."""
        self._ready: dict[str, int] = {}
        self.projects: dict[str, Project] = {}
        last: tuple[int, int] = self._connection.execute(sql.LAST_EVENT).fetchone() or (0, 0)
        self.seq, self.at = last
        self._heads: dict[str, str] = {}

    def tail(self, project_id: str) -> Tail:
        """Where the log ends for a project."""
        if project_id not in self._heads:
            head = self._connection.execute(sql.LAST_HASH, (project_id,)).fetchone()
            self._heads[project_id] = head[0] if head else GENESIS
        return Tail(self.seq, self.at, self._heads[project_id])

    def appended(self, rows: Iterable[EventRow]) -> None:
        """The log goes on with these lines."""
        for row in rows:
            self._heads[row.project_id] = row.hash
            self.seq, self.at = row.seq, row.at

    def count_ready(self, project_id: str, step: int) -> None:
        """A project has this many more ready tasks."""
        if step:
            self._ready[project_id] = self._ready.get(project_id, 0) + step

    def flush(self) -> None:
        """Write the counters."""
        for project_id, step in self._ready.items():
            if step:
                self._connection.execute(sql.ADD_READY, (step, project_id))
        self._ready.clear()
