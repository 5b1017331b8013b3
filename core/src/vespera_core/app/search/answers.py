"""Answers of this room."""

from __future__ import annotations

from vespera_core.app.answers import SimilarTask
from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.model.task import Task


@record(frozen=True, slots=True)
class Snippet:
    """A piece of a task's text. `marks` are the places in it, from and up to, of the words that were sought."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()


@record(frozen=True, slots=True)
class Hit:
    """How well a task fits, and where. `parts` tell how the score came about, where that was asked for.

    ``words`` is the share of the query's words that it has, by weight (0 to 1); ``meaning`` the likeness of the texts
    (cosine); ``exact`` what an exact id or title adds.
    """

    task_id: str
    score: float
    snippets: tuple[Snippet, ...] = ()
    parts: dict[str, float] | None = None


@record(frozen=True, slots=True)
class SearchAnswer:
    """Tasks, best first, and their hits in the same order.

    `total` counts the candidates: everything that has one of the words (the best thousand of them in hybrid mode), or
    is like the query. `facets` count the first two hundred candidates by project, status, type, priority, role and tag.
    `degraded` says that meaning could not be looked at as asked, and `reason` why; where the plugin of the configured
    index is not there, `reason` says so, and which index answered. `behind` counts the events whose tasks are not
    compared by meaning yet; by words all are. `suggestion` is a query that may have been meant.
    """

    tasks: tuple[Task, ...]
    total: int
    hits: tuple[Hit, ...]
    facets: dict[str, dict[str, int]]
    mode: str
    next_cursor: str | None = None
    degraded: bool = False
    reason: str | None = None
    behind: int = 0
    suggestion: str | None = None
    took_ms: float = 0.0


@record(frozen=True, slots=True)
class SimilarAnswer:
    """Tasks like one task, the likest first; from `threshold` on, two tasks of this workspace may be the same."""

    task_id: str
    similar: tuple[SimilarTask, ...]
    threshold: float
    behind: int = 0


@record(frozen=True, slots=True)
class Pair:
    """Two tasks that may be the same, and what speaks for it."""

    first: str
    second: str
    likeness: float
    reasons: tuple[str, ...]


@record(frozen=True, slots=True)
class Group:
    """Tasks that hang together by such pairs, the oldest first."""

    tasks: tuple[SimilarTask, ...]
    pairs: tuple[Pair, ...]


@record(frozen=True, slots=True)
class DuplicatesAnswer:
    """Groups of tasks that may be the same, the likest first. `compared` counts tasks, `total` the groups there are."""

    groups: tuple[Group, ...]
    total: int
    threshold: float
    compared: int
    behind: int = 0


@record(frozen=True, slots=True)
class TaskCluster:
    """A group of tasks: the terms that set it apart, how many it has and how many are open, and its most typical."""

    label: str
    terms: tuple[str, ...]
    size: int
    open: int
    typical: tuple[SimilarTask, ...]
    task_ids: tuple[str, ...]


@record(frozen=True, slots=True)
class ClusterAnswer:
    """Groups, the largest first. `quality` is the mean silhouette (-1 to 1) of a sample: above 0, groups differ."""

    clusters: tuple[TaskCluster, ...]
    quality: float
    tasks: int
    behind: int = 0


@record(frozen=True, slots=True)
class Recommended:
    """A ready task, how strongly it is recommended, and why."""

    task: Task
    score: float
    reasons: tuple[str, ...]


@record(frozen=True, slots=True)
class RecommendAnswer:
    """What an actor could take up next, the most recommended first; `ready` counts all that could be taken."""

    actor: str
    recommended: tuple[Recommended, ...]
    ready: int


@record(frozen=True, slots=True)
class Suggestion:
    """A query, and where it comes from: ``word``, ``title`` or ``feedback``."""

    text: str
    source: str
    tasks: int


@record(frozen=True, slots=True)
class SuggestAnswer:
    """Queries that begin as asked, the most used first."""

    suggestions: tuple[Suggestion, ...]


@record(frozen=True, slots=True)
class Trend:
    """A term, in how many tasks it stood in the earlier and the later window, and how clear the change is (z-score)."""

    term: str
    before: int
    after: int
    change: float


@record(frozen=True, slots=True)
class Week:
    """How many tasks were made and closed in the seven days from `start`."""

    start: Micros
    created: int
    closed: int


@record(frozen=True, slots=True)
class TrendsAnswer:
    """Terms that rise and fall between two windows, and the weeks up to now."""

    since: Micros
    rising: tuple[Trend, ...]
    falling: tuple[Trend, ...]
    weeks: tuple[Week, ...]
    before: int
    after: int


@record(frozen=True, slots=True)
class FeedbackAnswer:
    """What was noted, how much is noted, and what follows: the weight of words and the threshold of duplicates."""

    noted: int
    words_weight: float
    threshold: float | None


@record(frozen=True, slots=True)
class MetricsAnswer:
    """How search has been doing in this process: searches by mode, times in milliseconds, and shares from 0 to 1.

    `kept` is what the last hosting process noted of itself.
    """

    searches: dict[str, int]
    p50_ms: float
    p95_ms: float
    p99_ms: float
    without_result: float
    degraded: float
    cached: float
    kept: dict[str, float]
