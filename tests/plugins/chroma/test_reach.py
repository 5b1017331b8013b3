"""Every task stays reachable while others change: where the engine links nodes anew in place, it loses new ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from plugins.chroma.support import DIMENSION, ids, matrix, name_of, opened, projected
from reliability.support.dose import dose
from vespera_chroma.manifest import DATABASE, ENGINE_FOLDER

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

ADDED, CHANGED, UPSERTED, DELETED = range(4)
"""How the engine's log calls what was done."""
ALIKE = 31
"""So many tasks that say nearly the same that each one's links are full, and newcomers hang on few of them."""
ROUNDS = 10


def told(folder: Path) -> list[tuple[int, str, bool]]:
    """What the engine was told since the index was filled: operations, ids, and whether a vector came with them."""
    with closing(sqlite3.connect(folder / ENGINE_FOLDER / DATABASE)) as database:
        rows = database.execute("SELECT operation, id, vector IS NOT NULL FROM embeddings_queue ORDER BY seq_id")
        return [(operation, one, bool(vector)) for operation, one, vector in rows]


def fed(folder: Path, index: Any, batch: list[Any]) -> list[tuple[int, str, bool]]:
    before = len(told(folder))
    index.apply(batch, [])
    return told(folder)[before:]


def test_a_vector_is_told_once(index: Any, folder: Path) -> None:
    vectors = matrix(3)
    index.apply([projected(0, vectors[0], role="dev"), projected(1, vectors[1]), projected(2, None)], [])
    batch = [projected(0, vectors[0], version=2), projected(1, vectors[2], version=2), projected(2, None, version=2)]
    assert fed(folder, index, batch) == [
        (CHANGED, name_of(2), False),
        (CHANGED, name_of(0), False),
        (DELETED, name_of(1), False),
        (UPSERTED, name_of(1), True),
    ]
    assert index.versions() == {name_of(number): 2 for number in range(3)}
    assert ids(index.nearest(vectors[2], 2))[0] == name_of(1)
    assert index.check() == []


def test_a_vector_of_another_length_is_the_same_direction(index: Any, folder: Path) -> None:
    vector = matrix(1)[0]
    index.apply([projected(0, vector)], [])
    longer = np.asarray(vector * 3, dtype="<f4")
    assert fed(folder, index, [projected(0, longer, version=2)]) == [(CHANGED, name_of(0), False)]


def test_what_is_nearly_the_same_is_told(index: Any, folder: Path) -> None:
    vector = matrix(1)[0]
    index.apply([projected(0, vector)], [])
    other = np.asarray(vector + np.float32(1e-5) * matrix(1, seed=2)[0], dtype="<f4")
    assert [one[0] for one in fed(folder, index, [projected(0, other, version=2)])] == [DELETED, UPSERTED]
    assert index.check() == []


def around(numbers: np.random.Generator, count: int, breadth: float) -> Matrix:
    """Vectors around one direction; broad ones are all over the place."""
    rows = np.eye(1, DIMENSION) + breadth * numbers.normal(size=(count, DIMENSION))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype="<f4")


def least_found(index: Any, vectors: list[Matrix]) -> int:
    """To how many tasks a question for all of them leads; where it starts depends on what it asks."""
    return min(len(index.nearest(vector, len(vectors))) for vector in (*vectors[:2], *vectors[-8:]))


@pytest.mark.parametrize("moving", [False, True], ids=["rows", "vectors"])
def test_newcomers_are_found_while_others_change(tmp_path: Path, moving: bool) -> None:
    """Each trial loses somebody in one case of three where nodes are changed in place."""
    for trial in range(dose(2, 60)):
        folder = tmp_path / f"g{trial}"
        folder.mkdir()
        index = opened(folder)
        numbers = np.random.default_rng(trial)
        vectors = list(around(numbers, ALIKE, 0.1))
        index.load(iter([projected(number, vector) for number, vector in enumerate(vectors)]))
        for version in range(2, ROUNDS + 2):
            if moving:
                vectors[:ALIKE] = around(numbers, ALIKE, 0.1)
            vectors += list(around(numbers, 4, 100))
            index.apply([projected(number, vector, version) for number, vector in enumerate(vectors)], [])
            assert least_found(index, vectors) == len(vectors)
        index.close()
        again = opened(folder)
        assert least_found(again, vectors) == len(vectors)
        assert again.check() == []
        again.close()
