"""What the student is worth on texts that it was not trained on, beside its teacher."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


def agreement(mine: Matrix, theirs: Matrix) -> dict[str, float]:
    """How much two models' judgement of likeness is the same: rank correlation, and shared nearest ten."""
    ours, its = mine @ mine.T, theirs @ theirs.T
    upper = np.triu_indices(min(len(mine), 1500), 1)
    ranks = [np.argsort(np.argsort(table[upper])).astype(np.float64) for table in (ours, its)]
    return {
        "spearman": float(np.corrcoef(ranks[0], ranks[1])[0, 1]),
        "nearest ten shared": _shared(ours, its),
    }


def retrieval(questions: Matrix, answers: Matrix) -> dict[str, float]:
    """How well the answer of each question is found among all answers."""
    likeness = questions @ answers.T
    own = np.diagonal(likeness)[:, None]
    places = (likeness > own).sum(1) + 1
    return {
        "MRR@10": float(np.where(places <= 10, 1 / places, 0).mean()),
        "recall@10": float((places <= 10).mean()),
    }


def _shared(ours: Matrix, its: Matrix) -> float:
    nearest = []
    for table in (ours, its):
        np.fill_diagonal(table, -2)
        nearest.append(np.argpartition(-table, 10, axis=1)[:, :10])
    return float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(*nearest, strict=True)]))
