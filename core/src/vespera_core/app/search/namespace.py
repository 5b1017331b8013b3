"""The Python API of this room: `Vespera.search`."""

from __future__ import annotations

from typing import Any

from vespera_core.app.namespaces import Ledger
from vespera_core.app.requests import Nothing
from vespera_core.app.search import answers, requests


class Search:
    """What is found by words and by meaning. Ids may be unique prefixes.

    >>> ledger.search("slow start").tasks  # doctest: +SKIP
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __call__(self, text: str, **how: Any) -> answers.SearchAnswer:
        """Tasks that fit, best first; `how` are the fields of `SearchTasks`. Raises InvalidInput or NotFound."""
        answer: answers.SearchAnswer = self._ledger.call("task.search", requests.SearchTasks(text=text, **how))
        return answer

    def similar(self, task_id: str, **how: Any) -> answers.SimilarAnswer:
        """Tasks like one. Raises NotFound, and EmbedderFault without a model."""
        answer: answers.SimilarAnswer = self._ledger.call("task.similar", requests.Similar(task_id=task_id, **how))
        return answer

    def duplicates(self, **how: Any) -> answers.DuplicatesAnswer:
        """Groups of tasks that may be the same."""
        answer: answers.DuplicatesAnswer = self._ledger.call("task.duplicates", requests.Duplicates(**how))
        return answer

    def cluster(self, count: int = 5, **how: Any) -> answers.ClusterAnswer:
        """Tasks grouped by what they are about; with `count` 0, in as many groups as fit them best."""
        answer: answers.ClusterAnswer = self._ledger.call("task.cluster", requests.Cluster(count=count, **how))
        return answer

    def recommend(self, **how: Any) -> answers.RecommendAnswer:
        """What the caller could take up next, with reasons."""
        answer: answers.RecommendAnswer = self._ledger.call("task.recommend", requests.Recommend(**how))
        return answer

    def suggest(self, text: str = "", **how: Any) -> answers.SuggestAnswer:
        """Queries that begin like this."""
        answer: answers.SuggestAnswer = self._ledger.call("search.suggest", requests.Suggest(text=text, **how))
        return answer

    def trends(self, days: int = 14, **how: Any) -> answers.TrendsAnswer:
        """Terms that rise and fall between the last `days` and those before."""
        answer: answers.TrendsAnswer = self._ledger.call("search.trends", requests.Trends(days=days, **how))
        return answer

    def feedback(
        self, task_id: str, *, useful: bool, query: str | None = None, like: str | None = None
    ) -> answers.FeedbackAnswer:
        """Say whether a task was a useful answer to a query, or to the question what is like the task `like`."""
        request = requests.Feedback(task_id=task_id, useful=useful, query=query, like=like)
        answer: answers.FeedbackAnswer = self._ledger.call("search.feedback", request)
        return answer

    def metrics(self) -> answers.MetricsAnswer:
        """How search has been doing in this process."""
        answer: answers.MetricsAnswer = self._ledger.call("search.metrics", Nothing())
        return answer
