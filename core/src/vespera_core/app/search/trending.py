"""Trends: which terms tasks are made about more, and less, than before, and how many are made and closed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vespera_core.app.search.answers import Trend, TrendsAnswer, Week
from vespera_core.app.search.requests import Trends
from vespera_core.app.search.words import stem, vocabulary
from vespera_core.app.session import Session
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.query import TaskQuery, check_limit
from vespera_core.ports.access import Caller
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

WEEKS: Final = 8
CLEAR: Final = 1.0
"""The least z-score of a change that is told."""

_DAY: Final = 86_400 * SECOND
_MOST: Final = 5_000
"""Tasks of a window that are read."""


def trends(kernel: Kernel, request: Trends, caller: Caller) -> TrendsAnswer:
    """Compare the tasks made in the last days with those of as many days before."""
    limit = check_limit(request.limit) or None
    span = _checked(request.days) * _DAY
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        projects = None if request.project_id is None else (session.project(request.project_id).project_id,)
        middle = Micros(session.now - span)
        after = _terms(reader, projects, middle, Micros(session.now + 1))
        before = _terms(reader, projects, Micros(middle - span), middle)
        weeks = _weeks(reader, projects, session.now)
    found = changes(before, after)
    rising = tuple(one for one in found if one.change >= CLEAR)[:limit]
    falling = tuple(one for one in reversed(found) if one.change <= -CLEAR)[:limit]
    return TrendsAnswer(middle, rising, falling, weeks, len(before), len(after))


def _checked(days: object) -> int:
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= 3650:
        raise InvalidInput("days must be a whole number from 1 to 3,650.", field="days")
    return days


def _terms(reader: Reader, projects: tuple[str, ...] | None, start: Micros, end: Micros) -> list[set[str]]:
    """The words of the title of each task that was made in a window."""
    query = TaskQuery(
        projects=projects, created_after=start, created_before=end, sort="created", limit=_MOST, counted=False
    )
    return [vocabulary(task.title) for task in reader.select(query).items]


def changes(before: Sequence[set[str]], after: Sequence[set[str]]) -> list[Trend]:
    """Terms by the change of their odds, as z-scores, the most rising first; forms of a word count together.

    The log-odds ratio with an informative prior, the counts of both windows together (Monroe, Colaresi and Quinn,
    "Fightin' Words", Political Analysis 16, 2008): a rare word does not look like a trend.
    """
    forms: dict[str, Counter[str]] = {}
    for word in (one for words in (*before, *after) for one in words):
        forms.setdefault(stem(word), Counter())[word] += 1
    old, new = (
        Counter(root for words in window for root in {stem(one) for one in words}) for window in (before, after)
    )
    sizes = len(before), len(after)
    found = [
        Trend(_spelt(forms[root]), old[root], new[root], _z(old[root], new[root], sizes))
        for root in sorted(forms)
        if old[root] + new[root] > 1
    ]
    return sorted(found, key=lambda one: (-one.change, one.term))


def _spelt(forms: Counter[str]) -> str:
    """The most frequent form of a word."""
    return min(forms, key=lambda word: (-forms[word], word))


def _z(old: int, new: int, sizes: tuple[int, int]) -> float:
    """The change of a term's odds in standard errors; 0 where a window is empty."""
    if not all(sizes):
        return 0.0
    prior = (old + new) / (sizes[0] + sizes[1])
    odds = [
        math.log((count + prior) / (size - count + 1 - prior if size - count + 1 - prior > 0 else 0.5))
        for count, size in zip((old, new), sizes, strict=True)
    ]
    return round((odds[1] - odds[0]) / math.sqrt(1 / (old + prior) + 1 / (new + prior)), 3)


def _weeks(reader: Reader, projects: tuple[str, ...] | None, now: int) -> tuple[Week, ...]:
    nodes = [node for node in reader.graph_nodes() if projects is None or node.project_id in projects]
    created = Counter((now - node.created_at) // (7 * _DAY) for node in nodes)
    closed = Counter((now - node.closed_at) // (7 * _DAY) for node in nodes if node.closed_at is not None)
    return tuple(
        Week(Micros(now - (ago + 1) * 7 * _DAY), created[ago], closed[ago]) for ago in range(WEEKS - 1, -1, -1)
    )
