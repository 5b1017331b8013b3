"""The words of the workspace: which ones titles use, and how often. What completions and corrections draw on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from vespera_core.app.search.state import state_of
from vespera_core.app.search.words import vocabulary
from vespera_core.model.query import TaskQuery

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.ports.storage import Reader

RECENT: Final = 3_000
"""Tasks whose titles are read, those that changed last."""


class Vocabulary:
    """Words of titles with the number of tasks that use them, and the titles themselves, newest first."""

    def __init__(self, titles: list[str]) -> None:
        self.titles = titles
        self.words = Counter(word for title in titles for word in vocabulary(title))

    def nearest(self, word: str) -> str | None:
        """The word that may have been meant; None where nothing is spelt like it."""
        from difflib import get_close_matches

        likely = [one for one in self.words if abs(len(one) - len(word)) <= 2 and one[:1] == word[:1]]
        close = get_close_matches(word, likely, n=3, cutoff=0.75)
        return max(close, key=lambda one: (self.words[one], one), default=None)


def vocabulary_of(kernel: Kernel, reader: Reader) -> Vocabulary:
    """The vocabulary at the reader's position of the log."""

    def read() -> Vocabulary:
        page = reader.select(TaskQuery(sort="updated", limit=RECENT, counted=False))
        return Vocabulary([task.title for task in page.items])

    return state_of(kernel).vocabularies.get(reader.position(), None, None, read)
