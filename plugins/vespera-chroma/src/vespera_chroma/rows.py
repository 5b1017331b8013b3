"""A task as a row of a collection: the values that filters look at, and a seal over them and over the vector.

The engine keeps no checksums. The seal holds the task's version, a checksum of the row's values, and one number that
follows from the vector: a changed byte in any of them shows when the row is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np

from vespera_chroma.faults import fault
from vespera_core.ports.projection import Projected

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

SEAL: Final = "seal"
_TOLERANCE: Final = 2e-4
"""How far the number that stands for a vector may be off: the engine scales vectors to length 1 once more."""


class Sealer:
    """Makes and reads rows of one collection; `dimension` is the length of its vectors."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        signs = np.random.default_rng(dimension).integers(0, 2, dimension) * 2 - 1
        self._signs = signs.astype(np.float64)

    def vectors(self, batch: Sequence[Projected]) -> Matrix:
        """The vectors of tasks, as one matrix. Raises EngineFault naming a task whose vector cannot be kept."""
        for one in batch:
            if len(one.vector or b"") != 4 * self.dimension:
                size = len(one.vector or b"") / 4
                raise fault(f"The vector of {one.task.task_id} has {size:g} numbers, not {self.dimension}.")
        matrix = np.frombuffer(b"".join(one.vector or b"" for one in batch), dtype="<f4").reshape(-1, self.dimension)
        wrong = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
        if len(wrong):
            raise fault(f"The vector of {batch[int(wrong[0])].task.task_id} holds something that is no number.")
        return matrix.astype(np.float32, copy=False)

    def row(self, one: Projected, mark: float) -> dict[str, Any]:
        """The row of a task; None stands where a value is not set, since the engine keeps what it is not told of."""
        task = one.task
        values = {
            "project": task.project_id,
            "status": task.status,
            "type": task.type,
            "priority": task.priority,
            "open": task.closed_at is None,
            "role": task.role,
            "assignee": task.assignee,
            "parent": task.parent_id,
            "tags": list(task.tags) or None,
        }
        facts = f"{task.version} {mark:.6f}"
        return {**values, SEAL: f"{facts} {_checksum(task.task_id, facts, values)}"}

    def marks(self, vectors: Matrix) -> list[float]:
        """One number for each vector, which a change in any of its own numbers changes by as much."""
        marks: list[float] = (np.asarray(vectors, dtype=np.float64) @ self._signs).tolist()
        return marks

    def fits(self, row: Mapping[str, Any], vector: Matrix) -> bool:
        """Whether a vector is the one that was kept with a row."""
        if len(vector) != self.dimension or not np.isfinite(vector).all():
            return False
        told = float(str(row[SEAL]).split()[1])
        return abs(self.marks(np.asarray(vector)[None, :])[0] - told) < _TOLERANCE


def version_of(task_id: str, row: Mapping[str, Any] | None) -> int:
    """The version of a row that is as it was written. Raises EngineFault where it is not."""
    row = row or {}
    facts, _, checksum = str(row.get(SEAL)).rpartition(" ")
    if checksum != _checksum(task_id, facts, row):
        raise fault(f"The row of {task_id} is damaged.")
    return int(facts.split()[0])


def _checksum(task_id: str, facts: str, values: Mapping[str, Any]) -> str:
    told = sorted(
        (name, sorted(value) if isinstance(value, list) else value)
        for name, value in values.items()
        if value is not None and name != SEAL
    )
    return f"{crc32(repr([task_id, facts, told]).encode()):08x}"
