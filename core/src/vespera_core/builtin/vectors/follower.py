"""Following the log: how the resident vectors stay as fresh as the primary store.

Vectors are written after the events of the tasks that they belong to, and without events of their own. So a task that
the log names is looked at until its vector is tied to its present version, in every refresh again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from vespera_core.builtin.vectors.resident import Resident
from vespera_core.model.query import EventQuery
from vespera_core.ports.storage import Reader

MANY: Final = 2_000
"""Past so many new events, taking everything in anew is cheaper than looking at single tasks."""


class Follower:
    """Keeps `held` as a snapshot has it: after `refresh`, every vector that the snapshot has is held, and no other."""

    def __init__(self, model: str, held: Resident) -> None:
        self.held = held
        self.started = False
        self._model = model
        self._position = 0
        self._compared = False
        self._marks: dict[str, int] = {}
        self._lagging: set[str] = set()

    def refresh(self, reader: Reader) -> None:
        """Bring everything to the state of a snapshot."""
        position = reader.position()
        if not self.started or not 0 <= position - self._position <= MANY + len(self.held) // 4:
            self._take_all(reader)
        elif not self._compared:
            self._compare_all(reader)
        else:
            self._follow(reader, position)
        self._position = position

    def _take_all(self, reader: Reader) -> None:
        """Hold all vectors. Which of them lag behind their tasks is not asked yet: short processes ask only once."""
        self.held.fill(reader.task_vectors(self._model))
        self._marks = {}
        self._lagging = set()
        self.started, self._compared = True, False

    def _compare_all(self, reader: Reader) -> None:
        """Look at every task once: what has changed since all was taken in, and what lags behind its task."""
        self._marks = {task_id: self.held.version(task_id) or 0 for task_id in self.held.ids()}
        marks = reader.vector_versions(self._model)
        versions = {node.task_id: node.version for node in reader.graph_nodes()}
        stale = {one for one, version in versions.items() if marks.get(one, 0) != self._marks.get(one, 0)}
        stale.update(one for one in self.held.ids() if one not in versions)
        self._lagging = {one for one, version in versions.items() if marks.get(one) != version}
        self._compared = True
        self._take(reader, stale, marks)

    def _follow(self, reader: Reader, position: int) -> None:
        named: set[str] = set()
        if position > self._position:
            rows = reader.event_rows(EventQuery(after_seq=self._position))
            named = {row.entity for row in rows if row.entity_type == "task"}
        looked_at = named | self._lagging
        if looked_at:
            self._look_at(reader, sorted(looked_at), named)

    def _look_at(self, reader: Reader, ids: list[str], named: set[str]) -> None:
        marks = reader.vector_versions(self._model, ids)
        versions = {node.task_id: node.version for node in reader.graph_nodes(ids)}
        stale = {one for one in ids if marks.get(one, 0) != self._marks.get(one, 0)} | named
        self._lagging = {one for one, version in versions.items() if marks.get(one) != version}
        self._take(reader, stale, marks)

    def _take(self, reader: Reader, stale: Collection[str], marks: dict[str, int]) -> None:
        """Read the vectors of these tasks anew; those that have none any more are held no longer."""
        if not stale:
            return
        found = {one.task_id: one for one in reader.task_vectors(self._model, ids=sorted(stale))}
        for task_id in stale:
            self._marks[task_id] = marks.get(task_id, 0)
            if task_id in found:
                self.held.put(found[task_id])
            else:
                self.held.drop(task_id)
