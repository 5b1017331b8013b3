"""Suggesting: how a query that has been begun may go on, from the words and titles that are here."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vespera_core.app.search.answers import SuggestAnswer, Suggestion
from vespera_core.app.search.noted import entries
from vespera_core.app.search.requests import Suggest
from vespera_core.app.search.state import SPACE
from vespera_core.app.search.vocabulary import Vocabulary, vocabulary_of
from vespera_core.model.basics import check_text
from vespera_core.model.query import check_limit
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def suggest(kernel: Kernel, request: Suggest, _caller: Caller) -> SuggestAnswer:
    """Queries that were useful before, then words, then titles; each once."""
    begun = " ".join(check_text("text", request.text, 1_000).casefold().split())
    limit = check_limit(request.limit) or None
    with kernel.storage.read() as reader:
        known = vocabulary_of(kernel, reader)
        useful = Counter(
            str(one["query"]) for one in entries(reader.memos(SPACE)) if one.get("query") and one["useful"]
        )
    found = [*_queries(begun, useful), *_words(begun, known), *_titles(begun, known)]
    distinct = {one.text.casefold(): one for one in reversed(found)}
    return SuggestAnswer(tuple(one for one in found if distinct[one.text.casefold()] is one)[:limit])


def _queries(begun: str, useful: Counter[str]) -> list[Suggestion]:
    fits = [one for one in useful if one.casefold().startswith(begun)]
    return [Suggestion(one, "feedback", useful[one]) for one in sorted(fits, key=lambda one: (-useful[one], one))[:5]]


def _words(begun: str, known: Vocabulary) -> list[Suggestion]:
    """The last word completed; what stands before it stays."""
    head, _, last = begun.rpartition(" ")
    fits = [word for word in known.words if word.startswith(last) and word != last]
    best = sorted(fits, key=lambda word: (-known.words[word], word))[:5]
    return [Suggestion(f"{head} {word}".strip(), "word", known.words[word]) for word in best]


def _titles(begun: str, known: Vocabulary) -> list[Suggestion]:
    if not begun:
        return []
    counts = Counter(title for title in known.titles if begun in title.casefold())
    order = sorted(counts, key=lambda title: (not title.casefold().startswith(begun), -counts[title]))
    return [Suggestion(title, "title", counts[title]) for title in order[:5]]
