"""The exact index: every vector is compared, straight from the primary store. It keeps no files and needs no upkeep.

The first question without a filter takes all vectors into memory; from then on the matrix follows the log. A question
that a filter narrows to few tasks reads their vectors alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from vespera_core.builtin.vectors.follower import Follower
from vespera_core.builtin.vectors.resident import Resident
from vespera_core.errors import EngineFault
from vespera_core.model.query import DEFAULT_LIMIT, TaskQuery
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Reader, Storage
from vespera_core.ports.vectors import Neighbour, VectorIndex

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

FEW: Final = 5_000
"""Up to so many tasks, reading their vectors is cheaper than taking all of them into memory."""

_ALL: Final = TaskQuery()


class ExactIndex(VectorIndex):
    """Cosine likeness with all vectors of the primary that fit, in one matrix product."""

    def __init__(self, storage: Storage, model: str, dimension: int) -> None:
        self._storage = storage
        self._model = model
        self._dimension = dimension
        self._guard = Lock()
        self._follower = Follower(model, Resident(dimension))

    def nearest(
        self, vector: Matrix, limit: int, scope: TaskQuery | None = None, among: Collection[str] | None = None
    ) -> list[Neighbour]:
        sought = np.asarray(vector, dtype=np.float32).reshape(-1)
        if len(sought) != self._dimension:
            raise EngineFault(f"A vector of {len(sought)} numbers was sought among vectors of {self._dimension}.")
        if limit <= 0:
            return []
        with self._guard, self._storage.read() as reader:
            ids = _chosen(reader, scope, among)
            if ids is not None and len(ids) <= FEW and not self._follower.started:
                few = Resident(self._dimension)
                few.fill(reader.task_vectors(self._model, scope, None if among is None else ids))
                return few.nearest(sought, limit)
            self._follower.refresh(reader)
            return self._follower.held.nearest(sought, limit, ids)

    def holds(self, ids: Sequence[str]) -> dict[str, int]:
        with self._storage.read() as reader:
            return {found.task_id: found.version for found in reader.task_vectors(self._model, ids=ids)}

    def count(self) -> int:
        with self._guard, self._storage.read() as reader:
            self._follower.refresh(reader)
            return len(self._follower.held)

    def close(self) -> None:
        """Let go of the matrix; a later question takes it in again."""
        with self._guard:
            self._follower = Follower(self._model, Resident(self._dimension))


def _chosen(reader: Reader, scope: TaskQuery | None, among: Collection[str] | None) -> list[str] | None:
    """The ids that may be answered with; None where nothing narrows them."""
    if scope is None or _is_open(scope):
        return None if among is None else sorted(set(among))
    ids = reader.ids(scope)
    if among is None:
        return ids
    wanted = set(among)
    return [one for one in ids if one in wanted]


def _is_open(scope: TaskQuery) -> bool:
    """Whether a query has no filter."""
    return replace(scope, sort=_ALL.sort, cursor=None, limit=DEFAULT_LIMIT, counted=True) == _ALL


def open_exact(_settings: dict[str, Any], context: OpenContext) -> VectorIndex:
    """Open the index on the primary store."""
    if context.storage is None:
        raise EngineFault("The exact index reads the primary store, and was opened without one.")
    return ExactIndex(context.storage, context.model, context.dimension)
