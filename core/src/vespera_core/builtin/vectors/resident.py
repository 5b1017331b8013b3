"""The resident vectors: a float32 matrix with a row a task, which grows and shrinks in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vespera_core.ports.storage import TaskVector
from vespera_core.ports.vectors import Neighbour

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

_BLOCK = 1024
_EQUAL = 1e-6
"""Likenesses nearer than this are equal: the order of summation differs with a row's place in the matrix."""


class Resident:
    """Rows of vectors by task id, with the versions of the tasks. Not for several threads at once."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._matrix: Matrix = np.empty((0, dimension), dtype=np.float32)
        self._ids: list[str] = []
        self._versions: list[int] = []
        self._row: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def version(self, task_id: str) -> int | None:
        """The version at which a task is held."""
        row = self._row.get(task_id)
        return None if row is None else self._versions[row]

    def ids(self) -> Sequence[str]:
        """The tasks that are held, in the order of their rows."""
        return self._ids

    def fill(self, found: Iterable[TaskVector]) -> None:
        """Hold these vectors instead of everything that was held; vectors of another length are left out."""
        self._ids, self._versions = [], []
        matrix = np.empty((0, self._dimension), dtype=np.float32)
        for block in _batches(one for one in found if len(one.vector) == 4 * self._dimension):
            start = len(self._ids)
            self._ids.extend(one.task_id for one in block)
            self._versions.extend(one.version for one in block)
            matrix.resize((len(self._ids), self._dimension), refcheck=False)  # grows where it lies: nothing is copied
            joined = np.frombuffer(b"".join(one.vector for one in block), dtype="<f4")
            matrix[start:] = joined.reshape(-1, self._dimension)
        self._matrix = matrix
        self._row = {task_id: row for row, task_id in enumerate(self._ids)}

    def put(self, found: TaskVector) -> None:
        """Hold a vector, instead of an older one of the same task."""
        if len(found.vector) != 4 * self._dimension:
            self.drop(found.task_id)
            return
        row = self._row.get(found.task_id)
        if row is None:
            row = self._row[found.task_id] = len(self._ids)
            self._ids.append(found.task_id)
            self._versions.append(found.version)
            self._make_room()
        self._matrix[row] = np.frombuffer(found.vector, dtype="<f4")
        self._versions[row] = found.version

    def _make_room(self) -> None:
        if len(self._ids) > len(self._matrix):
            grown = np.empty((len(self._ids) + max(64, len(self._ids) // 8), self._dimension), dtype=np.float32)
            grown[: len(self._matrix)] = self._matrix
            self._matrix = grown

    def drop(self, task_id: str) -> None:
        """Hold a task no longer: the last row takes its place."""
        row = self._row.pop(task_id, None)
        if row is None:
            return
        last, version = self._ids.pop(), self._versions.pop()
        if last != task_id:
            self._ids[row], self._versions[row], self._row[last] = last, version, row
            self._matrix[row] = self._matrix[len(self._ids)]

    def nearest(self, vector: Matrix, limit: int, ids: Iterable[str] | None = None) -> list[Neighbour]:
        """The best of all, or of these ids."""
        if ids is None:
            rows = None
            likeness = self._matrix[: len(self._ids)] @ vector
        else:
            rows = np.fromiter((self._row[one] for one in ids if one in self._row), dtype=np.intp)
            likeness = self._matrix[rows] @ vector
        best = _best(likeness, limit)
        places = best if rows is None else rows[best]
        pairs = zip(places.tolist(), likeness[best].tolist(), strict=True)
        found = [Neighbour(self._ids[row], round(value, 6), self._versions[row]) for row, value in pairs]
        return sorted(found, key=lambda one: (-one.likeness, one.task_id))[:limit]


def _batches(found: Iterator[TaskVector]) -> Iterator[list[TaskVector]]:
    while block := list(islice(found, _BLOCK)):
        yield block


def _best(likeness: Matrix, limit: int) -> NDArray[np.intp]:
    """Places of the `limit` largest values, and of all that equal the least of them."""
    if limit >= len(likeness):
        return np.arange(len(likeness))
    edge = np.partition(likeness, len(likeness) - limit)[len(likeness) - limit]
    return np.flatnonzero(likeness >= edge - _EQUAL)
