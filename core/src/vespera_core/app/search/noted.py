"""What users said of answers: kept in a memo, and what follows from it for the weight of words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.search.state import SPACE
from vespera_core.errors import EmbedderFault, PluginFault
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

FEEDBACK: Final = "feedback"
"""The key of the memo."""

KEPT: Final = 1_000
_DOUBT: Final = 10.0
"""How many answers it takes before users weigh as much as the constants do."""


def entries(memos: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What users said, oldest first."""
    kept = memos.get(FEEDBACK)
    return kept if isinstance(kept, list) else []


def base_weight(kernel: Kernel) -> float:
    """What the model says that words are worth beside it; 1 without a model, where words are all there is."""
    try:
        return kernel.engines.embedder().words_weight
    except (EmbedderFault, PluginFault):
        return 1.0


def words_weight(reader: Reader, base: float) -> float:
    """What a full share of the words is worth: what the model says, halved or doubled at most by what users said."""
    leans = [float(one["lean"]) for one in entries(reader.memos(SPACE)) if "lean" in one]
    return round(base * float(2 ** min(1.0, max(-1.0, 2 * shrunk(leans)))), 4)


def shrunk(values: Iterable[float]) -> float:
    """Their mean, drawn towards 0 while there are few."""
    found = list(values)
    return sum(found) / (len(found) + _DOUBT)
