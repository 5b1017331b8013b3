"""The operations table: everything that Vespera can do, in one place. The CLI, REST and MCP are projections of it."""

from __future__ import annotations

from typing import Any, Final, Literal

from vespera_core.ports.operation import Operation

_ROOM: Final = "vespera_core.app."


def _operation(
    name: str, kind: Literal["read", "write", "service"], handler: str, request: str, answer: str, summary: str,
    action: str | None = None, around: str | None = None,
) -> Operation:  # fmt: skip
    noun = name.partition(".")[0]
    return Operation(
        name=name,
        summary=summary,
        input=_ROOM + (request if ":" in request else f"requests:{request}"),
        output=_ROOM + (answer if ":" in answer else f"answers:{answer}"),
        handler=_ROOM + handler,
        action=action or f"{noun}.{'read' if kind == 'read' else 'write'}",
        kind=kind,
        around=None if around is None else _ROOM + around,
    )


# fmt: off
_TABLE: Final[tuple[tuple[Any, ...], ...]] = (
    ("task.create", "write", "tasks.creation:create_task", "CreateTask", "CreateAnswer", "Make a task.",
     None, "search.around:around_create"),
    ("task.create_many", "write", "tasks.creation:create_tasks", "CreateTasks", "TasksAnswer", "Make a tree of tasks."),
    ("task.get", "read", "tasks.asof:get_task", "TaskRef", "TaskDetail", "One task with what belongs to it."),
    ("task.context", "service", "context.pack:task_context", "context.requests:TaskContext",
     "context.answers:ContextAnswer", "All that a worker needs to know of a task, within a budget.", "task.read"),
    ("task.list", "read", "tasks.asof:list_tasks", "ListTasks", "TaskPage", "Tasks that fit filters."),
    ("task.tree", "read", "tasks.reading:tree", "TaskRef", "TreeAnswer", "A task and all below it."),
    ("task.ready", "read", "tasks.asof:ready", "ReadyTasks", "TaskPage", "What can be worked on now."),
    ("task.explain", "read", "tasks.reading:explain", "TaskRef", "Explanation", "What a task waits for."),
    ("task.blocked", "read", "tasks.reading:blocked", "ListTasks", "WaitingPage", "Tasks that wait, and for what."),
    ("task.update", "write", "tasks.editing:update_tasks", "UpdateTasks", "MovedAnswer", "Give tasks new values."),
    ("task.claim", "write", "tasks.claims:claim", "ClaimTask", "ClaimAnswer", "Hold a ready task."),
    ("task.heartbeat", "write", "tasks.claims:heartbeat", "Heartbeat", "ClaimAnswer", "Renew a lease."),
    ("task.release", "write", "tasks.claims:release", "Release", "TaskAnswer", "Give a held task back."),
    ("task.checkpoint", "write", "tasks.claims:checkpoint", "Checkpoint", "TaskAnswer", "Keep where the work stands."),
    ("task.complete", "write", "tasks.statuses:complete", "CompleteTasks", "CompleteAnswer", "Complete tasks."),
    ("task.reopen", "write", "tasks.statuses:reopen", "MoveTasks", "MovedAnswer", "Bring tasks back to pending."),
    ("task.cancel", "write", "tasks.statuses:cancel", "MoveTasks", "MovedAnswer", "Give tasks up."),
    ("task.defer", "write", "tasks.statuses:defer", "MoveTasks", "MovedAnswer", "Put tasks off until a moment."),
    ("task.block", "write", "tasks.statuses:block", "MoveTasks", "MovedAnswer", "Hold tasks by hand."),
    ("evidence.ran", "write", "evidence.recording:ran", "evidence.requests:AddEvidence", "TaskAnswer",
     "Say that a command ran, and how it ended.", "task.write"),
    ("evidence.seen", "write", "evidence.recording:seen", "evidence.requests:AddEvidence", "TaskAnswer",
     "Record how a command ended that a program of ours watched.", "evidence.seen"),
    ("evidence.proved", "write", "evidence.recording:proved", "evidence.requests:AddEvidence", "TaskAnswer",
     "Record what continuous integration proved.", "evidence.proved"),
    ("evidence.list", "read", "evidence.recording:evidence_of", "TaskRef", "evidence.answers:EvidenceAnswer",
     "What speaks for a task being done.", "task.read"),
    ("task.delete", "write", "tasks.deletion:delete", "DeleteTask", "DeleteAnswer", "Delete a task, restorably."),
    ("task.restore", "write", "tasks.deletion:restore", "TaskRef", "RestoreAnswer", "Bring deleted tasks back."),
    ("task.comment", "write", "tasks.editing:comment", "AddComment", "CommentAnswer", "Remark on a task."),
    ("relation.add", "write", "tasks.relations:relate", "Relate", "TaskAnswer", "Relate a task to another."),
    ("relation.remove", "write", "tasks.relations:unrelate", "Relate", "MovedAnswer", "Remove a relation."),
    ("dependency.tree", "read", "tasks.relations:dependency_tree", "TaskRef", "TreeAnswer",
     "All that a task depends on."),
    ("dependency.cycles", "read", "tasks.relations:cycles", "Nothing", "CyclesAnswer", "Circles of dependencies."),
    ("project.create", "write", "tasks.projects:create_project", "CreateProject", "ProjectAnswer", "Make a project."),
    ("project.list", "read", "tasks.projects:list_projects", "ListProjects", "ProjectsAnswer", "All projects."),
    ("project.get", "read", "tasks.projects:get_project", "ProjectRef", "ProjectAnswer", "One project."),
    ("project.update", "write", "tasks.projects:update_project", "UpdateProject", "ProjectAnswer", "Change a project."),
    ("project.archive", "write", "tasks.projects:archive_project", "ProjectRef", "ProjectAnswer",
     "Put a project away."),
    ("event.list", "read", "tasks.history:history", "History", "HistoryAnswer", "What happened, newest first."),
    ("event.undo", "write", "tasks.history:undo", "UndoEvent", "UndoAnswer", "Take one event back."),
    # search: see app/search
    ("task.search", "service", "search.searching:search_tasks", "search.requests:SearchTasks",
     "search.answers:SearchAnswer", "Tasks found by words and by meaning.", "task.read"),
    ("task.similar", "service", "search.likeness:similar", "search.requests:Similar", "search.answers:SimilarAnswer",
     "Tasks like one task.", "task.read"),
    ("task.duplicates", "service", "search.duplicates:duplicates", "search.requests:Duplicates",
     "search.answers:DuplicatesAnswer", "Tasks that may be the same.", "task.read"),
    ("task.cluster", "service", "search.clusters:cluster", "search.requests:Cluster", "search.answers:ClusterAnswer",
     "Tasks grouped by what they are about.", "task.read"),
    ("task.recommend", "service", "search.recommending:recommend", "search.requests:Recommend",
     "search.answers:RecommendAnswer", "What to take up next, with reasons.", "task.read"),
    ("search.suggest", "service", "search.suggesting:suggest", "search.requests:Suggest",
     "search.answers:SuggestAnswer", "Queries that begin like this.", "task.read"),
    ("search.trends", "service", "search.trending:trends", "search.requests:Trends", "search.answers:TrendsAnswer",
     "What is asked for more, and less.", "task.read"),
    ("search.feedback", "service", "search.feedback:feedback", "search.requests:Feedback",
     "search.answers:FeedbackAnswer", "Say whether an answer was useful."),
    ("search.metrics", "service", "search.metrics:metrics", "requests:Nothing", "search.answers:MetricsAnswer",
     "How search has been doing.", "system.read"),
    # graph: see app/graph
    ("graph.dependencies", "service", "graph.structure:dependencies", "TaskRef",
     "graph.answers:DependenciesAnswer", "What a task hangs on, and what hangs on it.", "task.read"),
    ("graph.path", "service", "graph.structure:paths", "graph.requests:FindPaths",
     "graph.answers:PathsAnswer", "Chains of dependencies between two tasks.", "task.read"),
    ("graph.metrics", "service", "graph.structure:metrics", "graph.requests:InProject",
     "graph.answers:MetricsAnswer", "The shape of the graph.", "task.read"),
    ("graph.cycles", "service", "graph.structure:cycles", "Nothing",
     "graph.answers:CycleAuditAnswer", "Tasks that wait for themselves.", "task.read"),
    ("graph.critical_path", "service", "graph.planning:critical_path", "graph.requests:InProject",
     "graph.answers:CriticalPathAnswer", "The longest chain of open work.", "task.read"),
    ("graph.impact", "service", "graph.planning:impact", "graph.requests:AskImpact",
     "graph.answers:ImpactAnswer", "What delaying, completing or deleting a task would do.", "task.read"),
    ("graph.bottlenecks", "service", "graph.planning:bottlenecks", "graph.requests:FindBottlenecks",
     "graph.answers:BottlenecksAnswer", "Where open work waits.", "task.read"),
    ("graph.waves", "service", "graph.planning:waves", "graph.requests:AskWaves",
     "graph.answers:WavesAnswer", "What can run at the same time.", "task.read"),
    ("graph.whatif", "service", "graph.planning:whatif", "graph.requests:AskWhatIf",
     "graph.answers:WhatIfAnswer", "What changes would do, without making them.", "task.read"),
    ("graph.forecast", "service", "graph.planning:forecast", "graph.requests:AskForecast",
     "graph.answers:ForecastAnswer", "When open work will be over.", "task.read"),
    ("graph.backtest", "service", "graph.planning:backtest", "graph.requests:AskBackTest",
     "graph.answers:BackTestAnswer", "How good forecasts would have been.", "task.read"),
    ("graph.query", "service", "graph.structure:query", "graph.requests:AskGraph",
     "graph.answers:TableAnswer", "Ask the graph back end in its own language.", "graph.query"),
    ("graph.picture", "service", "graph.picture:picture", "graph.requests:AskPicture",
     "graph.answers:PictureAnswer", "A part of the graph to be drawn.", "task.read"),
    ("project.health", "service", "graph.reports:health", "graph.requests:AskHealth",
     "graph.answers:HealthAnswer", "How a project is, and why.", "task.read"),
    ("project.burnup", "service", "graph.reports:burnup", "graph.requests:AskBurnUp",
     "graph.answers:BurnUpAnswer", "Scope and done over time.", "task.read"),
    ("project.timeline", "service", "graph.planning:timeline", "graph.requests:AskTimeline",
     "graph.answers:TimelineAnswer", "When tasks were done, and when others can be.", "task.read"),
    ("project.dashboard", "service", "graph.dashboard:dashboard", "graph.requests:InProject",
     "graph.answers:DashboardAnswer", "How a project stands now, on one page.", "task.read"),
    ("project.insights", "service", "graph.insights:insights", "graph.requests:AskInsights",
     "graph.answers:InsightsAnswer", "What changed, what is at risk, and what to do.", "task.read"),
    # services: see app/services and app/projections
    ("service.list", "service", "services.operating:status", "services.requests:ServiceNames",
     "services.answers:ServicesAnswer", "Background services, and what they work on.", "service.read"),
    ("service.start", "service", "services.operating:start", "services.requests:ServiceNames",
     "services.answers:ServicesAnswer", "Let services run."),
    ("service.stop", "service", "services.operating:stop", "services.requests:ServiceNames",
     "services.answers:ServicesAnswer", "Stop services until they are started again."),
    ("service.restart", "service", "services.operating:restart", "services.requests:ServiceNames",
     "services.answers:ServicesAnswer", "Start services anew."),
    ("service.configure", "service", "services.operating:configure", "services.requests:ConfigureService",
     "services.answers:ServicesAnswer", "Give a service other settings."),
    ("index.rebuild", "service", "services.operating:rebuild", "services.requests:RebuildIndexes",
     "services.answers:RebuildAnswer", "Make indexes anew from the store."),
    ("task.stores", "service", "services.stores:stores", "TaskRef", "services.answers:StoresAnswer",
     "Which stores hold a task, at which version.", "task.read"),
    ("task.reap", "write", "services.upkeep:reap", "services.requests:ReapLeases", "services.answers:ReapAnswer",
     "Give back tasks whose lease lapsed long ago."),
    ("system.repair", "service", "care.repair:repair", "services.requests:Repair", "services.answers:RepairAnswer",
     "Derive anew what is derived."),
    ("system.stats", "read", "tasks.reading:stats", "Nothing", "StatsAnswer", "Counts of everything."),
    ("system.doctor", "service", "care.doctor:doctor", "Nothing", "DoctorAnswer",
     "Check the store and the log.", "system.read"),
    ("system.backup", "service", "care.doctor:backup", "BackupFile", "BackupAnswer",
     "Copy the store, verified.", "system.read"),
    ("exchange.import", "service", "exchange.importing:import_file", "ImportFile", "ImportAnswer",
     "Take in a foreign file."),
    ("exchange.export", "service", "exchange.exporting:export_file", "ExportFile", "ExportAnswer",
     "Write everything out.", "exchange.read"),
)
# fmt: on
"""Name, kind, handler, input, output, summary, the action where it is not ``noun.read`` or ``noun.write``, around.

Inputs and outputs without a colon stand in `app/requests.py` and `app/answers.py`; the others in their room.
"""


def builtin_operations() -> tuple[Operation, ...]:
    """The operations that ship."""
    return tuple(_operation(*row) for row in _TABLE)
