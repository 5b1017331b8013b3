"""What users said of answers: kept in a memo, and what follows from it for the weight of words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from vespera_core.app.search.fusion import WORDS_WEIGHT
from vespera_core.app.search.state import SPACE
from vespera_core.ports.storage import Reader

FEEDBACK: Final = "feedback"
"""The key of the memo."""

KEPT: Final = 1_000
_DOUBT: Final = 10.0
"""How many answers it takes before users weigh as much as the constants do."""


def entries(memos: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What users said, oldest first."""
    kept = memos.get(FEEDBACK)
    return kept if isinstance(kept, list) else []


def words_weight(reader: Reader) -> float:
    """What a full share of the words is worth in search: 0.4, halved or doubled at most by what users said."""
    leans = [float(one["lean"]) for one in entries(reader.memos(SPACE)) if "lean" in one]
    return round(WORDS_WEIGHT * float(2 ** min(1.0, max(-1.0, 2 * shrunk(leans)))), 4)


def shrunk(values: Iterable[float]) -> float:
    """Their mean, drawn towards 0 while there are few."""
    found = list(values)
    return sum(found) / (len(found) + _DOUBT)
