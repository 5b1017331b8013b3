"""The Python API of this room: questions about the graph and the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from vespera_core.app.graph import answers, requests
from vespera_core.app.namespaces import Ledger
from vespera_core.app.requests import Nothing, TaskRef
from vespera_core.model.basics import Micros


class GraphQuestions:
    """How tasks hang together, and what follows: each method is one operation. Ids may be unique prefixes.

    Nothing here writes. Projects are named by `project_id`; None asks about everything.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # ------------------------------------------------------------ as it is

    def dependencies(self, task_id: str) -> answers.DependenciesAnswer:
        """What a task waits for and what waits for it. Raises NotFound."""
        answer: answers.DependenciesAnswer = self._ledger.call("graph.dependencies", TaskRef(task_id=task_id))
        return answer

    def paths(self, first: str, second: str, *, limit: int = 10) -> answers.PathsAnswer:
        """Chains of dependencies between two tasks, the shortest first."""
        request = requests.FindPaths(first=first, second=second, limit=limit)
        answer: answers.PathsAnswer = self._ledger.call("graph.path", request)
        return answer

    def metrics(self, project_id: str | None = None) -> answers.GraphMetricsAnswer:
        """The shape of the graph."""
        answer: answers.GraphMetricsAnswer = self._ledger.call(
            "graph.metrics", requests.InProject(project_id=project_id)
        )
        return answer

    def cycles(self) -> answers.CycleAuditAnswer:
        """Tasks that wait for themselves; there should be none."""
        answer: answers.CycleAuditAnswer = self._ledger.call("graph.cycles", Nothing())
        return answer

    def critical_path(self, project_id: str | None = None) -> answers.CriticalPathAnswer:
        """The longest chain of open work."""
        request = requests.InProject(project_id=project_id)
        answer: answers.CriticalPathAnswer = self._ledger.call("graph.critical_path", request)
        return answer

    def impact(
        self,
        task_id: str,
        *,
        delay_minutes: int | None = None,
        complete: bool = False,
        delete: bool = False,
        **how: Any,
    ) -> answers.ImpactAnswer:  # fmt: skip
        """What a delay, the completion or the deletion of a task does; all three where none is asked for."""
        request = requests.AskImpact(
            task_id=task_id, delay_minutes=delay_minutes, complete=complete, delete=delete, **how
        )
        answer: answers.ImpactAnswer = self._ledger.call("graph.impact", request)
        return answer

    def bottlenecks(self, project_id: str | None = None, *, limit: int = 10) -> answers.BottlenecksAnswer:
        """Where work waits."""
        request = requests.FindBottlenecks(project_id=project_id, limit=limit)
        answer: answers.BottlenecksAnswer = self._ledger.call("graph.bottlenecks", request)
        return answer

    def waves(self, project_id: str | None = None, *, max_agents: int = 8) -> answers.WavesAnswer:
        """What can run at the same time."""
        request = requests.AskWaves(project_id=project_id, max_agents=max_agents)
        answer: answers.WavesAnswer = self._ledger.call("graph.waves", request)
        return answer

    def picture(self, **what: Any) -> answers.PictureAnswer:
        """A part of the graph to be drawn; `what` are the fields of `AskPicture`."""
        answer: answers.PictureAnswer = self._ledger.call("graph.picture", requests.AskPicture(**what))
        return answer

    def query(
        self, text: str, parameters: Mapping[str, Any] | None = None, *, limit: int = 1_000
    ) -> answers.TableAnswer:
        """Ask the graph back end in its own language. Raises Unsupported where it has none."""
        request = requests.AskGraph(text=text, parameters=dict(parameters or {}), limit=limit)
        answer: answers.TableAnswer = self._ledger.call("graph.query", request)
        return answer

    # ------------------------------------------------------------ as it may become

    def whatif(self, changes: Sequence[Mapping[str, Any]], **how: Any) -> answers.WhatIfAnswer:
        """What changes would do, such as ``{"kind": "complete", "task_id": "app-7"}``; `how` as in `AskWhatIf`."""
        request = requests.AskWhatIf(changes=cast("tuple[dict[str, Any], ...]", changes), **how)
        answer: answers.WhatIfAnswer = self._ledger.call("graph.whatif", request)
        return answer

    def forecast(self, project_id: str | None = None, **how: Any) -> answers.ForecastAnswer:
        """When the open work will be over; `how` are the fields of `AskForecast`."""
        request = requests.AskForecast(project_id=project_id, **how)
        answer: answers.ForecastAnswer = self._ledger.call("graph.forecast", request)
        return answer

    def backtest(self, project_id: str | None = None, **how: Any) -> answers.BackTestAnswer:
        """How good forecasts would have been; `how` are the fields of `AskBackTest`."""
        request = requests.AskBackTest(project_id=project_id, **how)
        answer: answers.BackTestAnswer = self._ledger.call("graph.backtest", request)
        return answer

    # ------------------------------------------------------------ reports

    def health(self, project_id: str | None = None, *, stale_days: int = 7) -> answers.ProjectHealthAnswer:
        """How a project is doing, and why."""
        request = requests.AskHealth(project_id=project_id, stale_days=stale_days)
        answer: answers.ProjectHealthAnswer = self._ledger.call("project.health", request)
        return answer

    def timeline(self, project_id: str | None = None, **how: Any) -> answers.TimelineAnswer:
        """Tasks on the calendar; `how` are the fields of `AskTimeline`."""
        request = requests.AskTimeline(project_id=project_id, **how)
        answer: answers.TimelineAnswer = self._ledger.call("project.timeline", request)
        return answer

    def burnup(self, project_id: str | None = None, *, period: str = "day") -> answers.BurnUpAnswer:
        """Scope and done over time."""
        request = requests.AskBurnUp(project_id=project_id, period=period)
        answer: answers.BurnUpAnswer = self._ledger.call("project.burnup", request)
        return answer

    def dashboard(self, project_id: str | None = None) -> answers.DashboardAnswer:
        """A project, or everything, on one page."""
        answer: answers.DashboardAnswer = self._ledger.call(
            "project.dashboard", requests.InProject(project_id=project_id)
        )
        return answer

    def insights(self, project_id: str | None = None, *, since: Micros | None = None) -> answers.InsightsAnswer:
        """What is at risk, what to do, and what changed since a moment, by default a week ago."""
        request = requests.AskInsights(project_id=project_id, since=since)
        answer: answers.InsightsAnswer = self._ledger.call("project.insights", request)
        return answer
