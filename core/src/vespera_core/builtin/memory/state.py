"""What the memory store holds: rows, never live objects, with a journal that takes back an unfinished unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from vespera_core.model.event import EventRow
from vespera_core.model.graph import Edge
from vespera_core.model.readiness import Readiness
from vespera_core.model.task import Relation
from vespera_core.ports.access import Remembered
from vespera_core.ports.storage import VectorMark

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class State:
    """Every table of the store, and the journal of how to undo what the present unit did."""

    tasks: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    relations: dict[str, tuple[Relation, ...]] = field(default_factory=dict)
    readiness: dict[str, Readiness] = field(default_factory=dict)
    incoming: dict[str, frozenset[Edge]] = field(default_factory=dict)
    projects: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    entities: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    answers: dict[tuple[str, str], Remembered] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    versions: dict[tuple[str, str, int], int] = field(default_factory=dict)
    memos: dict[tuple[str, str], str] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    embeddings: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    marks: dict[tuple[str, str], VectorMark] = field(default_factory=dict)
    log: list[EventRow] = field(default_factory=list)
    journal: list[Callable[[], object]] = field(default_factory=list)

    def put(self, table: dict[K, V], key: K, value: V) -> None:
        """Set one row, remembering how to take it back."""
        if key in table:
            before = table[key]
            self.journal.append(lambda: table.__setitem__(key, before))
        else:
            self.journal.append(lambda: table.pop(key, None))
        table[key] = value

    def drop(self, table: dict[K, V], key: K) -> None:
        """Remove one row, remembering how to bring it back."""
        before = table.pop(key)
        self.journal.append(lambda: table.__setitem__(key, before))

    def log_line(self, row: EventRow) -> None:
        self.log.append(row)
        self.journal.append(self.log.pop)

    def connect(self, edge: Edge) -> None:
        self.put(self.incoming, edge.target, self.incoming.get(edge.target, frozenset()) | {edge})

    def disconnect(self, edge: Edge) -> None:
        self.put(self.incoming, edge.target, self.incoming.get(edge.target, frozenset()) - {edge})

    def commit(self) -> None:
        self.journal.clear()

    def rollback(self) -> None:
        while self.journal:
            self.journal.pop()()
