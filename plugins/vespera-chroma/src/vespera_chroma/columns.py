"""Ids, vectors and rows side by side, as the engine takes them, and which of them it needs to be told of."""

from __future__ import annotations

from collections.abc import Collection as Bag
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

    from vespera_core.ports.embedder import Matrix

_SAME: Final = 1e-6
"""How far apart two directions may be that count as one: the engine scales vectors to length 1 once more."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What is written of some tasks."""

    ids: list[str]
    vectors: Matrix
    rows: list[dict[str, Any]]

    def parted(self, collection: Collection, held: Bag[str]) -> tuple[Columns, Columns]:
        """Those whose vectors the collection has as they are, and the others; of `held` it is known to have some."""
        same = set(self._unchanged(collection, [number for number, one in enumerate(self.ids) if one in held]))
        others = [number for number in range(len(self.ids)) if number not in same]
        return self._only(sorted(same)), self._only(others)

    def _only(self, numbers: list[int]) -> Columns:
        return Columns([self.ids[one] for one in numbers], self.vectors[numbers], [self.rows[one] for one in numbers])

    def _unchanged(self, collection: Collection, numbers: list[int]) -> Iterator[int]:
        if not numbers:
            return
        page = collection.get(ids=[self.ids[one] for one in numbers], include=["embeddings"])
        vectors = page["embeddings"]
        kept = dict(zip(page["ids"], vectors if vectors is not None else (), strict=True))
        for number in numbers:
            vector = kept.get(self.ids[number])
            if vector is not None and _is_same(np.asarray(vector), self.vectors[number]):
                yield number


def _is_same(one: Matrix, other: Matrix) -> bool:
    """Whether two vectors point the same way: as the engine measures, length means nothing. NaN is like nothing."""
    lengths = np.linalg.norm(one), np.linalg.norm(other)
    if one.shape != other.shape or not all(lengths):
        return False
    return bool(np.linalg.norm(one / lengths[0] - other / lengths[1]) < _SAME)
