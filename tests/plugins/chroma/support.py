"""Made-up tasks with vectors, indexes on them, and what exact arithmetic would answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vespera_chroma.plugin import SETTINGS, open_index
from vespera_core.model.task import Task
from vespera_core.ports.projection import Projected
from vespera_core.ports.provider import OpenContext

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

DIMENSION = 32
MODEL = "made-up@1"


def matrix(count: int, seed: int = 1, dimension: int = DIMENSION) -> Matrix:
    """Vectors of length 1 in loose clusters, as those of texts are."""
    numbers = np.random.default_rng(seed)
    centres = numbers.normal(size=(max(2, count // 50), dimension))
    rows = centres[numbers.integers(0, len(centres), count)] + 0.8 * numbers.normal(size=(count, dimension))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype="<f4")


def name_of(number: int) -> str:
    return f"p-{number:05d}"


def projected(number: int, vector: Matrix | None, version: int = 1, **fields: Any) -> Projected:
    """A task with a vector, or one in whose text the model recognised nothing."""
    task = Task(task_id=name_of(number), project_id="p", title=f"Task {number}", version=version).evolve(**fields)
    return Projected(task, "todo", None if vector is None else vector.tobytes())


def batch_of(vectors: Matrix, version: int = 1) -> list[Projected]:
    return [projected(number, vector, version) for number, vector in enumerate(vectors)]


def context_of(folder: Path, name: str = "vespera-vectors-test", **facts: Any) -> OpenContext:
    return OpenContext(folder, lambda: 0, None, name, **{"dimension": DIMENSION, "model": MODEL, **facts})


def opened(folder: Path, context: OpenContext | None = None, **settings: Any) -> Any:
    """The index in a folder, opened as the provider does it."""
    return open_index({**SETTINGS, **settings}, context or context_of(folder))


def exact(vectors: Matrix, asked: Matrix, limit: int) -> list[str]:
    """The ids of the nearest by exact arithmetic."""
    likeness = vectors @ asked
    ranked = sorted(range(len(vectors)), key=lambda number: (-float(likeness[number]), number))
    return [name_of(number) for number in ranked[:limit]]


def ids(found: Sequence[Any]) -> list[str]:
    return [one.task_id for one in found]
