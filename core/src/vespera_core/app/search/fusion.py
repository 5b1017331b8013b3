"""Fusion: one score of what the words say and what the meaning says.

The two are added on their own absolute scales, likeness (cosine) and share of the words, instead of being turned into
ranks first: a weak match of a frequent word then stays weak. Reciprocal rank fusion gives it a full vote, which
measurably hurts on task texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

LEAST_LIKENESS: Final = 0.15
"""Texts that are less alike than this have nothing to do with each other, as far as a model can tell."""

EXACT: Final = 2.0
"""What an exact id adds: more than words and meaning together can."""


class Scored(NamedTuple):
    """A task's score and its parts."""

    task_id: str
    score: float
    words: float
    meaning: float
    exact: float

    @property
    def parts(self) -> dict[str, float]:
        return {"words": round(self.words, 6), "meaning": round(self.meaning, 6), "exact": self.exact}


def fused(
    words: Mapping[str, float], meaning: Mapping[str, float], exact: Mapping[str, float], weight: float
) -> list[Scored]:
    """The candidates, best first and equal ones by id: all that have a word, and all that are like enough."""
    near = {task_id for task_id, likeness in meaning.items() if likeness >= LEAST_LIKENESS}
    found = (
        scored(task_id, words.get(task_id, 0.0), meaning.get(task_id, 0.0), exact.get(task_id, 0.0), weight)
        for task_id in near.union(words, exact)
    )
    return ranked(found)


def scored(task_id: str, words: float, meaning: float, exact: float, weight: float) -> Scored:
    """The score of one task; a likeness below 0 counts as none."""
    return Scored(task_id, round(max(0.0, meaning) + weight * words + exact, 6), words, meaning, exact)


def ranked(found: Iterable[Scored]) -> list[Scored]:
    """Best first, equal ones by id."""
    return sorted(found, key=lambda one: (-one.score, one.task_id))
