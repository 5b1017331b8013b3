"""Spherical k-means: groups of unit vectors by direction. Deterministic for a seed.

Dhillon and Modha, "Concept decompositions for large sparse text data using clustering", Machine Learning 42, 2001; the
start is that of k-means++ (Arthur and Vassilvitskii, 2007), of several such starts the best is kept, and quality is the
silhouette (Rousseeuw, 1987).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vespera_core.ports.embedder import Matrix

ROUNDS: Final = 50
STARTS: Final = 5
SAMPLE: Final = 500
MOST_CHOSEN: Final = 12
"""The most groups that are tried where the number is left to us."""


class Grouping(NamedTuple):
    """The group of each row, the unit directions of the groups, and the mean silhouette of a sample."""

    labels: NDArray[np.intp]
    centres: Matrix
    quality: float


def grouped(matrix: Matrix, count: int, seed: int = 0) -> Grouping:
    """`count` groups of the rows (fewer where rows are equal), each row in the group whose direction is nearest."""
    random = np.random.default_rng(seed)
    tries = (_settled(matrix, _start(matrix, count, random)) for _ in range(STARTS))
    labels, centres, _ = max(tries, key=lambda one: one[2])
    used, labels = np.unique(labels, return_inverse=True)
    return Grouping(labels, centres[used], silhouette(matrix, labels))


def chosen(matrix: Matrix, seed: int = 0) -> Grouping:
    """The grouping of 2 to 12 groups with the best silhouette; the number is found on a sample where rows are many."""
    most = min(MOST_CHOSEN, max(2, len(matrix) // 3))
    some = matrix[np.unique(np.linspace(0, len(matrix) - 1, 2 * SAMPLE).astype(np.intp))]
    best = max(range(2, most + 1), key=lambda count: grouped(some, count, seed).quality)
    return grouped(matrix, best, seed)


def _settled(matrix: Matrix, centres: Matrix) -> tuple[NDArray[np.intp], Matrix, float]:
    """Rows to the nearest centre and centres to their rows, until nothing moves: labels, centres, how near rows are."""
    labels = np.zeros(len(matrix), dtype=np.intp)
    total = 0.0
    for turn in range(ROUNDS):
        nearness = matrix @ centres.T
        nearest = np.argmax(nearness, axis=1)
        total = float(nearness[np.arange(len(matrix)), nearest].sum())
        if turn and np.count_nonzero(nearest != labels) <= len(labels) // 1000:
            break
        labels = nearest
        centres = _directions(matrix, labels, centres)
    return labels, centres, total


def _start(matrix: Matrix, count: int, random: np.random.Generator) -> Matrix:
    """Rows far from each other, drawn with a chance that grows with the distance to those that are drawn already."""
    rows = [int(random.integers(len(matrix)))]
    gap = 1 - matrix @ matrix[rows[0]]
    while len(rows) < min(count, len(matrix)):
        chance = np.maximum(gap, 0).astype(np.float64)
        if chance.sum() <= 1e-6:
            break
        rows.append(int(random.choice(len(matrix), p=chance / chance.sum())))
        gap = np.minimum(gap, 1 - matrix @ matrix[rows[-1]])
    return matrix[rows].copy()


def _directions(matrix: Matrix, labels: NDArray[np.intp], old: Matrix) -> Matrix:
    """The mean direction of each group; a group that lost all its rows keeps its old one."""
    sums = _sums(matrix, labels, len(old))
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1), old)


def _sums(matrix: Matrix, labels: NDArray[np.intp], count: int) -> Matrix:
    """The sum of the rows of each group."""
    sums = np.zeros((count, matrix.shape[1]), dtype=np.float32)
    used = np.unique(labels)
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], used)
    sums[used] = np.add.reduceat(matrix[order], starts, axis=0)
    return sums


def silhouette(matrix: Matrix, labels: NDArray[np.intp]) -> float:
    """How much nearer rows are to their own group than to the next one, from -1 to 1; 0 for a single group."""
    count = int(labels.max()) + 1 if len(labels) else 0
    if count < 2:
        return 0.0
    rows = np.unique(np.linspace(0, len(matrix) - 1, SAMPLE).astype(np.intp))
    sizes = np.bincount(labels, minlength=count)
    sums = _sums(matrix, labels, count)
    far = sizes - matrix[rows] @ sums.T  # sums of cosine distances to all rows of each group
    own = labels[rows]
    places = np.arange(len(rows))
    inside = far[places, own] / np.maximum(sizes[own] - 1, 1)
    means = far / sizes
    means[places, own] = np.inf
    outside = means.min(axis=1)
    values = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9)
    return float(np.round(np.mean(np.where(sizes[own] > 1, values, 0.0)), 4))
