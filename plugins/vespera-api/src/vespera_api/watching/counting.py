"""Counting: an observer that turns what the ledger does into figures."""

from __future__ import annotations

import time
from typing import Any, Final

from vespera_api.watching.figures import Figures
from vespera_core.errors import VesperaError
from vespera_core.ports.observer import Activity, Observer, Ongoing
from vespera_core.ports.operation import Operation

_SEARCHES: Final = {
    "task.similar": "similar", "task.duplicates": "duplicates", "task.cluster": "clusters",
    "task.recommend": "recommendations", "search.suggest": "suggestions", "search.trends": "trends",
}  # fmt: skip
_MODES: Final = ("text", "semantic", "hybrid")
_RESULTS: Final = {1: "refused", 2: "invalid", 3: "not_found", 4: "conflict", 5: "environment"}


class Counting(Observer):
    """Counts operations, writes and claims, times searches, and counts what runs in the background."""

    def __init__(self, figures: Figures, operations: dict[str, Operation]) -> None:
        self._figures = figures
        self._writing = frozenset(name for name, one in operations.items() if one.kind == "write")

    def begin(self, activity: Activity) -> Ongoing | None:
        if activity.kind == "operation":
            return _Counted(self._figures, activity, activity.name in self._writing)
        return _Batch(self._figures, activity)


class _Counted(Ongoing):
    def __init__(self, figures: Figures, activity: Activity, writing: bool) -> None:
        self._figures = figures
        self._name = activity.name
        self._type = _search_type(activity)
        self._writing = writing
        self._began = time.perf_counter()

    def end(self, answer: Any, error: BaseException | None) -> None:
        self._figures.count("vespera_operations_total", self._name, result_of(error))
        if self._type is not None and error is None:
            self._figures.time("vespera_search_duration_seconds", time.perf_counter() - self._began, self._type)
        if self._writing and error is None:
            self._figures.count("vespera_writes_total", self._name)
        if self._name == "task.claim" and error is None:
            self._figures.count("vespera_claims_total", _claim(answer))


class _Batch(Ongoing):
    """A batch of a projection, or of texts that are embedded; a run of a service; a delivery."""

    def __init__(self, figures: Figures, activity: Activity) -> None:
        self._figures = figures
        self._activity = activity

    def end(self, answer: Any, error: BaseException | None) -> None:  # noqa: ARG002 - how it ended is enough
        name, result = self._activity.name, "ok" if error is None else "failed"
        if self._activity.kind == "delivery":
            self._figures.count("vespera_webhook_deliveries_total", name)
        elif self._activity.kind == "service":
            self._figures.count("vespera_service_runs_total", name, result)
        elif self._activity.kind in ("projection", "embedding"):
            name = "embeddings" if self._activity.kind == "embedding" else name
            self._figures.count("vespera_projection_batches_total", name, result)


def result_of(error: BaseException | None) -> str:
    """How something ended, in one word of a few."""
    if error is None:
        return "ok"
    return _RESULTS.get(error.exit_code, "failed") if isinstance(error, VesperaError) else "failed"


def _search_type(activity: Activity) -> str | None:
    if activity.name != "task.search":
        return _SEARCHES.get(activity.name)
    mode = getattr(activity.input, "mode", None)
    return mode if mode in _MODES else None


def _claim(answer: Any) -> str:
    if answer.task is None:
        return "none"
    return "taken" if answer.reclaimed_from is None else "reclaimed"
