"""Vectors of many tasks at once, for questions about the whole workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from vespera_core.errors import EmbedderFault, InvalidInput
from vespera_core.model.query import TaskQuery
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.embedder import Embedder, Matrix

MOST: Final = 20_000
"""Tasks that are compared with each other at once: pairs grow with the square."""

BLOCK: Final = 1_024


class Vectors(NamedTuple):
    """Task ids, and a row of length 1 for each."""

    ids: list[str]
    matrix: Matrix

    def of(self, ids: Sequence[str]) -> Vectors:
        """The rows of those of these ids that are there."""
        row = {task_id: number for number, task_id in enumerate(self.ids)}
        found = [one for one in ids if one in row]
        return Vectors(found, self.matrix[[row[one] for one in found]])


def read_vectors(reader: Reader, embedder: Embedder, query: TaskQuery | None = None) -> Vectors:
    """The vectors of tasks that fit, by id; tasks in which the model recognises nothing are left out."""
    ids, blobs, size = [], [], 4 * embedder.dimension
    for found in reader.task_vectors(embedder.model_id, query):
        if len(found.vector) == size:
            ids.append(found.task_id)
            blobs.append(found.vector)
    matrix = np.frombuffer(b"".join(blobs), dtype="<f4").astype(np.float32).reshape(-1, embedder.dimension)
    something = np.flatnonzero(np.any(matrix, axis=1))
    return Vectors([ids[row] for row in something.tolist()], matrix[something])


def check_size(vectors: Vectors, what: str) -> Vectors:
    """The same; raises InvalidInput where there are too many to be compared with each other."""
    if len(vectors.ids) > MOST:
        raise InvalidInput(
            f"{len(vectors.ids):,} tasks are too many to {what} at once; at most {MOST:,} are compared.",
            next="Narrow it to one project with --project ID.",
        )
    return vectors


def likenesses(matrix: Matrix, rows: NDArray[np.intp] | None = None) -> Iterator[tuple[int, Matrix]]:
    """Likenesses of (these) rows with all, block by block: the number of the block's first row, and its matrix."""
    chosen = np.arange(len(matrix)) if rows is None else rows
    for start in range(0, len(chosen), BLOCK):
        yield start, matrix[chosen[start : start + BLOCK]] @ matrix.T


def text_vector(kernel: Kernel, title: str, body: str) -> Matrix:
    """The vector that a task with these texts would have, made as those of the tasks are."""
    from vespera_core.app.projections.documents import joined
    from vespera_core.app.search.channels import vector_of

    titles, fulls = vector_of(kernel, title), vector_of(kernel, f"{title}\n{body}" if body.strip() else title)
    whole: Matrix = joined(titles[np.newaxis], fulls[np.newaxis], kernel.engines.embedder().title_weight)[0]
    if not np.isfinite(whole).all():
        raise EmbedderFault("The model gave a vector that holds no numbers.")
    return whole
