"""Snippets: the pieces of a task's texts in which the words of a query stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vespera_core.app.search.answers import Snippet
from vespera_core.app.search.words import places, stem
from vespera_core.model.task import Task

WIDTH: Final = 160
"""Characters of a snippet of a long text."""

_FIELDS: Final = ("description", "acceptance_criteria", "notes")
_READ: Final = 20_000
"""Characters of a text that are looked through."""


def snippets(task: Task, terms: Sequence[str]) -> tuple[Snippet, ...]:
    """The title, and the best piece of the other texts; for a query without words of its own, the texts' beginning."""
    stems = frozenset(map(stem, terms))
    title = Snippet("title", task.title, _marks(task.title, stems))
    bodies = [piece for name in _FIELDS if (piece := _piece(name, getattr(task, name), stems))[0] >= 0]
    if not bodies:
        return (title,)
    return title, max(bodies, key=lambda one: one[0])[1]


def _marks(text: str, stems: frozenset[str]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end, _ in places(text, stems))


def _piece(field: str, text: str, stems: frozenset[str]) -> tuple[int, Snippet]:
    """The window of a text with the most different words, and how many these are; -1 for an empty text."""
    line = " ".join(text[:_READ].split())
    if not line:
        return -1, Snippet(field, "")
    found = places(line, stems)
    best, first = 0, 0
    for number, (start, _, _) in enumerate(found):
        words = {known for begin, _, known in found[number : number + 50] if begin < start + WIDTH - 20}
        if len(words) > best:
            best, first = len(words), start
    start = _at_word(line, max(0, min(first - 30, len(line) - WIDTH))) if best else 0
    window = line[start : start + WIDTH]
    marks = tuple((a - start, b - start) for a, b, _ in found if a >= start and b <= start + len(window))
    return best, _trimmed(field, window, marks, start > 0, start + WIDTH < len(line))


def _at_word(line: str, start: int) -> int:
    """The beginning of the next word, where there is one nearby."""
    gap = line.find(" ", start, start + 20) if start else -1
    return gap + 1 if gap >= 0 else start


def _trimmed(field: str, text: str, marks: tuple[tuple[int, int], ...], before: bool, after: bool) -> Snippet:
    """The window with marks of what was cut away."""
    lead = "\u2026" if before else ""
    shifted = tuple((a + len(lead), b + len(lead)) for a, b in marks)
    return Snippet(field, f"{lead}{text.rstrip()}{chr(0x2026) if after else ''}", shifted)
