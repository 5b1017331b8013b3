"""A vector index beside a ledger whose tasks it ranks, and what is right of its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from vespera_core.app.application import Vespera
from vespera_core.model.task import Task
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.storage import Embedding, VectorMark
from vespera_core.ports.vectors import VectorIndex
from vespera_testkit.world.handle import Handle

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

MODEL: Final = "conformance@1"
DIMENSION: Final = 32


def unit_vectors(count: int, seed: int = 0) -> Matrix:
    """Vectors of length 1, always the same."""
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    made: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return made


class Subject:
    """An index beside a ledger whose tasks it ranks; what the ledger has, and with which vectors, is known here too."""

    def __init__(self, ledger: Vespera, handle: Handle[VectorIndex]) -> None:
        self.ledger = ledger
        self.handle = handle
        self.vectors: dict[str, Matrix] = {}

    @property
    def index(self) -> VectorIndex:
        """The index, as it is open now."""
        return self.handle.inner

    def add(self, task_id: str, vector: Matrix, **fields: Any) -> None:
        """Make a task and give it a vector."""
        self.ledger.tasks.create_task(f"Task {task_id}", task_id=task_id, **fields)
        self.mark({task_id: vector})

    def mark(self, vectors: dict[str, Matrix]) -> None:
        """Write vectors of the present versions, as the core does after the event; then feed the index."""
        rows = self.tasks(vectors)
        marks = [VectorMark(one, rows[one].version, rows[one].project_id, f"{one}-{rows[one].version}") for one in rows]
        kept = [Embedding(mark.project_id, mark.content_hash, vectors[mark.task_id].tobytes()) for mark in marks]
        self.vectors |= vectors

        def work(unit: Any) -> None:
            unit.put_embeddings(MODEL, kept)
            unit.put_vector_marks(MODEL, marks)

        self.ledger.kernel.storage.write(work)
        self.feed(list(vectors))

    def feed(self, ids: Sequence[str]) -> None:
        """Tell an index that keeps files of its own how these tasks stand."""
        if isinstance(self.index, Projection):
            rows = self.tasks(ids)
            live = [task for task in rows.values() if task.deleted_at is None]
            with self.ledger.kernel.storage.read() as reader:
                categories = {node.task_id: node.category for node in reader.graph_nodes(ids)}
            self.index.apply(
                [Projected(task, categories[task.task_id], self.vectors[task.task_id].tobytes()) for task in live],
                [Gone(task.task_id, task.version) for task in rows.values() if task.deleted_at is not None],
            )

    def tasks(self, ids: Any) -> dict[str, Task]:
        """Rows by id."""
        with self.ledger.kernel.storage.read() as reader:
            return reader.tasks(list(ids))

    def live(self) -> dict[str, int]:
        """The versions of the live tasks that were given vectors."""
        rows = self.tasks(self.vectors).values()
        return {one.task_id: one.version for one in rows if one.deleted_at is None}

    def expected(self, vector: Matrix, fit: Callable[[Task], bool] = lambda _: True) -> list[str]:
        """What comparing every vector of a live task that fits gives, best first."""
        live = [one for one in self.tasks(self.vectors).values() if one.deleted_at is None and fit(one)]
        return sorted(
            (one.task_id for one in live), key=lambda one: (-round(float(self.vectors[one] @ vector), 6), one)
        )

    def found(self, vector: Matrix, limit: int, **narrowed: Any) -> list[str]:
        """Ids that the index answers with."""
        return [one.task_id for one in self.index.nearest(vector, limit, **narrowed)]
