"""Telling: the answer of any operation as text for an agent."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from vespera_core.ports.operation import resolve
from vespera_mcp.replies.wanted import Asked, Wanted

Teller = Callable[[Any, Asked], str]

_ROOM: Final = "vespera_core.app."
_HERE: Final = "vespera_mcp.replies."
_ANY: Final = "generic:told_any"
TELLERS: Final = {
    "answers:TaskPage": "tasks:told_page",
    "answers:WaitingPage": "tasks:told_waiting",
    "search.answers:SearchAnswer": "tasks:told_search",
    "answers:Explanation": "tasks:told_explanation",
    "answers:TreeAnswer": "tasks:told_tree",
    "search.answers:SimilarAnswer": "tasks:told_similar",
    "search.answers:RecommendAnswer": "tasks:told_recommended",
    "search.answers:DuplicatesAnswer": "tasks:told_duplicates",
    "search.answers:ClusterAnswer": "tasks:told_clusters",
    "files.answers:FileTasksAnswer": "tasks:told_file_tasks",
    "answers:TaskDetail": "single:told_detail",
    "context.answers:ContextAnswer": "single:told_context",
    "answers:TaskAnswer": "writes:told_task",
    "roles.answers:AssignAnswer": "writes:told_assigned",
    "answers:CreateAnswer": "writes:told_created",
    "answers:TasksAnswer": "writes:told_tasks",
    "answers:MovedAnswer": "writes:told_moved",
    "answers:ClaimAnswer": "writes:told_claim",
    "answers:CompleteAnswer": "writes:told_completed",
    "answers:DeleteAnswer": "writes:told_deleted",
    "answers:RestoreAnswer": "writes:told_restored",
    "answers:UndoAnswer": "writes:told_undone",
    "answers:CommentAnswer": "writes:told_comment",
    "runs.answers:StartedRun": "writes:told_started",
    "answers:HistoryAnswer": "log:told_events",
    "runs.answers:RunAnswer": "log:told_run",
    "runs.answers:RunsAnswer": "log:told_runs",
    "runs.answers:RunStatistics": "log:told_run_figures",
    "evidence.answers:EvidenceAnswer": "log:told_evidence",
    "approvals.answers:ApprovalsAnswer": "log:told_approvals",
    "graph.answers:CriticalPathAnswer": "plans:told_critical_path",
    "graph.answers:DependenciesAnswer": "plans:told_dependencies",
    "graph.answers:PathsAnswer": "plans:told_paths",
    "graph.answers:BottlenecksAnswer": "plans:told_bottlenecks",
    "graph.answers:WavesAnswer": "plans:told_waves",
    "graph.answers:ForecastAnswer": "plans:told_forecast",
    "graph.answers:WhatIfAnswer": "plans:told_what_if",
    "graph.answers:ImpactAnswer": "plans:told_impact",
    "graph.answers:TimelineAnswer": "plans:told_timeline",
    "answers:CyclesAnswer": "plans:told_cycles",
    "graph.answers:DashboardAnswer": "reports:told_dashboard",
    "graph.answers:InsightsAnswer": "reports:told_insights",
    "graph.answers:ProjectHealthAnswer": "reports:told_health",
    "graph.answers:BurnUpAnswer": "reports:told_burn_up",
    "graph.answers:GraphMetricsAnswer": "reports:told_metrics",
    "answers:StatsAnswer": "reports:told_stats",
    "answers:ProjectAnswer": "places:told_project",
    "answers:ProjectsAnswer": "places:told_projects",
    "roles.answers:RolesAnswer": "places:told_roles",
    "roles.answers:RoleAnswer": "places:told_role",
    "roles.answers:WorkloadAnswer": "places:told_workload",
    "roles.answers:SuitableAnswer": "places:told_suitable",
    "roles.answers:CheckAnswer": "places:told_role_check",
    "care.health:HealthAnswer": "places:told_system",
    "care.info:InstalledAnswer": "places:told_plugins",
    "answers:DoctorAnswer": "places:told_findings",
    "services.answers:ServicesAnswer": "places:told_services",
}
"""Which function tells which type of answer: modules of the core's rooms, and of this one."""


def told(operation: str, answer: Any, wanted: Wanted, *, now: int) -> str:
    """An answer in at most as many tokens as are wanted."""
    kind: Any = type(answer)
    return teller_of(kind)(answer, Asked(operation=operation, wanted=wanted, now=now))


@cache
def teller_of(kind: type) -> Teller:
    """The function that tells answers of a type."""
    name = f"{kind.__module__}:{kind.__qualname__}"
    found = TELLERS.get(name.removeprefix(_ROOM), _ANY) if name.startswith(_ROOM) else _ANY
    teller: Teller = resolve(_HERE + found)
    return teller
