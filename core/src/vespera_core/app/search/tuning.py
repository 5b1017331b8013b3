"""Tuning: from which likeness on two tasks of this workspace may be the same.

It follows from how alike the workspace's tasks are anyway: where every ticket is written from one template, more
likeness is needed before two are suspected. What users say then moves it, within narrow bounds. The figure is kept in a
memo, by model, and measured anew when the workspace has grown by a fifth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from vespera_core.app.search.matrices import Vectors, likenesses, read_vectors
from vespera_core.app.search.noted import entries, shrunk
from vespera_core.app.search.state import SPACE

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

SAMPLE: Final = 500
QUANTILE: Final = 0.95
FLOOR: Final = 0.8
CAP: Final = 0.96
GROWTH: Final = 1.2
LEAST: Final = 20
"""Fewer tasks say nothing about a threshold."""
DEFAULT_THRESHOLD: Final = 0.88


def measured_threshold(vectors: Vectors) -> float:
    """A likeness that few tasks have with their nearest neighbour: the 95 % quantile over an even sample.

    Held between 0.8 and 0.96, since a workspace may be full of duplicates, or have none.
    """
    if len(vectors.ids) < LEAST:
        return DEFAULT_THRESHOLD
    rows = np.unique(np.linspace(0, len(vectors.ids) - 1, SAMPLE).astype(np.intp))
    best: list[float] = []
    for start, block in likenesses(vectors.matrix, rows):
        block[np.arange(len(block)), rows[start : start + len(block)]] = -1.0
        best.extend(block.max(axis=1).tolist())
    return round(min(CAP, max(FLOOR, float(np.quantile(best, QUANTILE)))), 4)


def threshold(kernel: Kernel) -> float:
    """The likeness from which on two tasks of this workspace may be the same. Raises as `engines.embedder` does."""
    embedder = kernel.engines.embedder()
    key = f"likeness:{embedder.model_id}"
    with kernel.storage.read() as reader:
        memos = reader.memos(SPACE)
        live = sum(line.tasks for line in reader.tally())
        kept = memos.get(key)
        if isinstance(kept, dict) and live <= GROWTH * max(LEAST, int(kept["tasks"])):
            return _moved(float(kept["threshold"]), memos)
        vectors = read_vectors(reader, embedder)
    found = measured_threshold(vectors)
    if len(vectors.ids) >= LEAST:
        memo = {"threshold": found, "tasks": len(vectors.ids)}
        kernel.storage.write(lambda unit: unit.put_memos(SPACE, {key: memo}))
    return _moved(found, memos)


def _moved(start: float, memos: Mapping[str, Any]) -> float:
    """A threshold moved by what users said of pairs: towards those that are none, away from those that are missed."""
    gaps = [
        one["likeness"] - start + 0.01 if not one["useful"] else one["likeness"] - start
        for one in entries(memos)
        if "likeness" in one and one["useful"] == (one["likeness"] < start)
    ]
    return round(min(CAP, max(FLOOR, start + shrunk(gaps))), 4)
