"""The operations table: everything that Vespera can do, in one place. The CLI, REST and MCP are projections of it."""

from __future__ import annotations

from typing import Any, Final, Literal

from vespera_core.ports.operation import Operation

_ROOM: Final = "vespera_core.app."


def _operation(
    name: str, kind: Literal["read", "write", "service"], handler: str, request: str, answer: str, summary: str,
    action: str | None = None,
) -> Operation:  # fmt: skip
    noun = name.partition(".")[0]
    return Operation(
        name=name,
        summary=summary,
        input=f"{_ROOM}requests:{request}",
        output=f"{_ROOM}answers:{answer}",
        handler=_ROOM + handler,
        action=action or f"{noun}.{'read' if kind == 'read' else 'write'}",
        kind=kind,
    )


# fmt: off
_TABLE: Final[tuple[tuple[Any, ...], ...]] = (
    ("task.create", "write", "tasks.creation:create_task", "CreateTask", "TaskAnswer", "Make a task."),
    ("task.create_many", "write", "tasks.creation:create_tasks", "CreateTasks", "TasksAnswer", "Make a tree of tasks."),
    ("task.get", "read", "tasks.asof:get_task", "TaskRef", "TaskDetail", "One task with what belongs to it."),
    ("task.list", "read", "tasks.asof:list_tasks", "ListTasks", "TaskPage", "Tasks that fit filters."),
    ("task.search", "read", "tasks.reading:search_tasks", "SearchTasks", "TaskPage", "Tasks that contain words."),
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
"""Name, kind, handler, input, output, summary, and the action where it is not ``noun.read`` or ``noun.write``."""


def builtin_operations() -> tuple[Operation, ...]:
    """The operations that ship."""
    return tuple(_operation(*row) for row in _TABLE)
