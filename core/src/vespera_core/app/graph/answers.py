"""Answers of this room: what analysis found, with the titles of the tasks that it names."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from vespera_core.analysis import results
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge
from vespera_core.model.record import record


@record(frozen=True, kw_only=True)
class Seen:
    """What every answer says beside its result.

    `titles` are those of the first tasks that it names. `position` is the event up to which it holds.
    `stand_in_reason` says why the in-process graph answered in the place of the configured one, where it did: the
    answer is the same.
    """

    titles: dict[str, str] = field(default_factory=dict)
    position: int = 0
    stand_in_reason: str | None = None


@record(frozen=True, kw_only=True)
class DependenciesAnswer(Seen, results.Dependencies):
    """What one task depends on and what depends on it, nearest first; what is in its way, and what it frees."""


@record(frozen=True, kw_only=True)
class PathsAnswer(Seen, results.Paths):
    """Chains of dependencies between two tasks, from the one that waits to the one that it waits for."""


@record(frozen=True, kw_only=True)
class GraphMetricsAnswer(Seen, results.Metrics):
    """The shape of the graph."""


@record(frozen=True, kw_only=True)
class CycleAuditAnswer(Seen, results.CycleAudit):
    """Every knot of tasks that wait for themselves; the write path allows none."""


@record(frozen=True, kw_only=True)
class CriticalPathAnswer(Seen, results.CriticalPath):
    """The longest chain of open work: no number of workers is faster."""


@record(frozen=True, kw_only=True)
class ImpactAnswer(Seen):
    """What changes of one task would do: those that were asked about, None for the others.

    A closed task can neither be delayed nor completed, so that where all is asked, only its deletion is answered.
    """

    task_id: str
    delay: results.DelayImpact | None = None
    completion: results.CompletionImpact | None = None
    deletion: results.DeletionImpact | None = None


@record(frozen=True, kw_only=True)
class BottlenecksAnswer(Seen, results.Bottlenecks):
    """Where work waits: tasks by what waits for them, then roles and people by their open work."""


@record(frozen=True, kw_only=True)
class WavesAnswer(Seen, results.Waves):
    """What can run at the same time, and how many agents are of use."""


@record(frozen=True, kw_only=True)
class WhatIfAnswer(Seen, results.WhatIf):
    """What changes would do, had they been made; nothing has been written."""


@record(frozen=True, kw_only=True)
class ForecastAnswer(Seen, results.Forecast):
    """When the open work will be over."""


@record(frozen=True, kw_only=True)
class BackTestAnswer(Seen, results.BackTest):
    """How good forecasts would have been in the past."""


@record(frozen=True, kw_only=True)
class TimelineAnswer(Seen, results.Timeline):
    """Tasks in the order of their start."""


@record(frozen=True, kw_only=True)
class ProjectHealthAnswer(Seen, results.Health):
    """The health of a project, with what costs it points."""


@record(frozen=True, kw_only=True)
class BurnUpAnswer(Seen, results.BurnUp):
    """Scope and done over time."""


@record(frozen=True, slots=True, kw_only=True)
class TableAnswer:
    """Rows of plain values under named columns; `truncated` says that there are more."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = False


@record(frozen=True, slots=True, kw_only=True)
class PictureNode:
    """A task to be drawn, and what marks it. `critical` tasks are on the critical path."""

    task_id: str
    title: str
    status: str
    type: str
    priority: str
    open: bool
    ready: bool
    critical: bool


@record(frozen=True, kw_only=True)
class PictureAnswer(Seen):
    """Tasks by id, and all arrows between them; `total` counts the tasks that belong there, drawn or not.

    Titles stand in the tasks themselves.
    """

    nodes: tuple[PictureNode, ...]
    edges: tuple[Edge, ...]
    total: int


@record(frozen=True, slots=True, kw_only=True)
class WaitingFor:
    """An open task and the open ones directly in its way."""

    task_id: str
    blockers: tuple[str, ...]


@record(frozen=True, slots=True, kw_only=True)
class Load:
    """How much open work a role or a person has; None for work that names nobody."""

    name: str | None
    open_tasks: int
    ready: int
    in_progress: int
    minutes: int
    overloaded: bool = False


@record(frozen=True, slots=True, kw_only=True)
class Deadline:
    """An open task with a due date, and when the plan has it finished; `at_risk` where that is too late."""

    task_id: str
    due_at: Micros
    finish: Micros
    overdue: bool
    at_risk: bool


@record(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something that happened to a task."""

    at: Micros
    kind: str
    task_id: str
    actor: str


@record(frozen=True, kw_only=True)
class DashboardAnswer(Seen):
    """A project, or everything, on one page: counts, what waits, who has how much, what happened, what is due.

    `blocked` counts open tasks that wait for others, `held` those held by hand or put off. `made` and `closed` count
    the last seven days. `by_status` counts all tasks, `by_priority` and `by_type` open ones. `agents` is how many are
    at work now: `finish` and the dates of `deadlines` suppose as many.
    """

    project_id: str | None
    at: Micros
    total: int
    completed: int
    open: int
    ready: int
    in_progress: int
    blocked: int
    held: int
    overdue: int
    made: int
    closed: int
    agents: int
    work_minutes: int
    critical_minutes: int
    finish: Micros
    by_status: dict[str, int]
    by_priority: dict[str, int]
    by_type: dict[str, int]
    health: results.Health
    waiting: tuple[WaitingFor, ...]
    deadlines: tuple[Deadline, ...]
    roles: tuple[Load, ...]
    assignees: tuple[Load, ...]
    recent: tuple[Activity, ...]


@record(frozen=True, slots=True, kw_only=True)
class Insight:
    """One sentence about the work, the tasks it is about, and the numbers behind it.

    `area` is ``risk``, ``action`` or ``changed``, `kind` a word for the rule that spoke, `weight` how much it matters
    (0 to 100).
    """

    area: str
    kind: str
    text: str
    weight: int
    task_ids: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)


@record(frozen=True, kw_only=True)
class InsightsAnswer(Seen):
    """What is at risk, what to do about it, and what changed since a moment; in each area the weightiest first."""

    project_id: str | None
    since: Micros
    at: Micros
    insights: tuple[Insight, ...]
