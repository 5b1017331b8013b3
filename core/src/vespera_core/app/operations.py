"""The operations table: everything that Vespera can do, in one place. The CLI, REST and MCP are projections of it."""

from __future__ import annotations

from typing import Final, Literal

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


def builtin_operations() -> tuple[Operation, ...]:
    """The operations that ship."""
    return (
        _operation("task.create", "write", "tasks.creation:create_task", "CreateTask", "TaskAnswer", "Make a task."),
        _operation(
            "task.create_many",
            "write",
            "tasks.creation:create_tasks",
            "CreateTasks",
            "TasksAnswer",
            "Make a tree of tasks.",
        ),
        _operation(
            "task.get", "read", "tasks.asof:get_task", "TaskRef", "TaskDetail", "One task with what belongs to it."
        ),
        _operation("task.list", "read", "tasks.asof:list_tasks", "ListTasks", "TaskPage", "Tasks that fit filters."),
        _operation(
            "task.search", "read", "tasks.reading:search_tasks", "SearchTasks", "TaskPage", "Tasks that contain words."
        ),
        _operation("task.tree", "read", "tasks.reading:tree", "TaskRef", "TreeAnswer", "A task and all below it."),
        _operation("task.ready", "read", "tasks.asof:ready", "ReadyTasks", "TaskPage", "What can be worked on now."),
        _operation("task.explain", "read", "tasks.reading:explain", "TaskRef", "Explanation", "What a task waits for."),
        _operation(
            "task.blocked",
            "read",
            "tasks.reading:blocked",
            "ListTasks",
            "WaitingPage",
            "Tasks that wait, and for what.",
        ),
        _operation(
            "task.update", "write", "tasks.editing:update_tasks", "UpdateTasks", "MovedAnswer", "Give tasks new values."
        ),
        _operation("task.claim", "write", "tasks.claims:claim", "ClaimTask", "ClaimAnswer", "Hold a ready task."),
        _operation("task.heartbeat", "write", "tasks.claims:heartbeat", "Heartbeat", "ClaimAnswer", "Renew a lease."),
        _operation("task.release", "write", "tasks.claims:release", "Release", "TaskAnswer", "Give a held task back."),
        _operation(
            "task.checkpoint",
            "write",
            "tasks.claims:checkpoint",
            "Checkpoint",
            "TaskAnswer",
            "Keep where the work stands.",
        ),
        _operation(
            "task.complete", "write", "tasks.statuses:complete", "CompleteTasks", "CompleteAnswer", "Complete tasks."
        ),
        _operation(
            "task.reopen", "write", "tasks.statuses:reopen", "MoveTasks", "MovedAnswer", "Bring tasks back to pending."
        ),
        _operation("task.cancel", "write", "tasks.statuses:cancel", "MoveTasks", "MovedAnswer", "Give tasks up."),
        _operation(
            "task.defer", "write", "tasks.statuses:defer", "MoveTasks", "MovedAnswer", "Put tasks off until a moment."
        ),
        _operation("task.block", "write", "tasks.statuses:block", "MoveTasks", "MovedAnswer", "Hold tasks by hand."),
        _operation(
            "task.delete", "write", "tasks.deletion:delete", "DeleteTask", "DeleteAnswer", "Delete a task, restorably."
        ),
        _operation(
            "task.restore", "write", "tasks.deletion:restore", "TaskRef", "RestoreAnswer", "Bring deleted tasks back."
        ),
        _operation(
            "task.comment", "write", "tasks.editing:comment", "AddComment", "CommentAnswer", "Remark on a task."
        ),
        _operation(
            "relation.add", "write", "tasks.relations:relate", "Relate", "TaskAnswer", "Relate a task to another."
        ),
        _operation(
            "relation.remove", "write", "tasks.relations:unrelate", "Relate", "MovedAnswer", "Remove a relation."
        ),
        _operation(
            "dependency.tree",
            "read",
            "tasks.relations:dependency_tree",
            "TaskRef",
            "TreeAnswer",
            "All that a task depends on.",
        ),
        _operation(
            "dependency.cycles", "read", "tasks.relations:cycles", "Nothing", "CyclesAnswer", "Circles of dependencies."
        ),
        _operation(
            "project.create",
            "write",
            "tasks.projects:create_project",
            "CreateProject",
            "ProjectAnswer",
            "Make a project.",
        ),
        _operation(
            "project.list", "read", "tasks.projects:list_projects", "ListProjects", "ProjectsAnswer", "All projects."
        ),
        _operation("project.get", "read", "tasks.projects:get_project", "ProjectRef", "ProjectAnswer", "One project."),
        _operation(
            "project.update",
            "write",
            "tasks.projects:update_project",
            "UpdateProject",
            "ProjectAnswer",
            "Change a project.",
        ),
        _operation(
            "project.archive",
            "write",
            "tasks.projects:archive_project",
            "ProjectRef",
            "ProjectAnswer",
            "Put a project away.",
        ),
        _operation(
            "event.list", "read", "tasks.history:history", "History", "HistoryAnswer", "What happened, newest first."
        ),
        _operation("event.undo", "write", "tasks.history:undo", "UndoEvent", "UndoAnswer", "Take one event back."),
        _operation("system.stats", "read", "tasks.reading:stats", "Nothing", "StatsAnswer", "Counts of everything."),
        _operation(
            "system.doctor",
            "service",
            "care.doctor:doctor",
            "Nothing",
            "DoctorAnswer",
            "Check the store and the log.",
            "system.read",
        ),
        _operation(
            "system.backup",
            "service",
            "care.doctor:backup",
            "BackupFile",
            "BackupAnswer",
            "Copy the store, verified.",
            "system.read",
        ),
        _operation(
            "exchange.import",
            "service",
            "exchange.importing:import_file",
            "ImportFile",
            "ImportAnswer",
            "Take in a foreign file.",
        ),
        _operation(
            "exchange.export",
            "service",
            "exchange.exporting:export_file",
            "ExportFile",
            "ExportAnswer",
            "Write everything out.",
            "exchange.read",
        ),
    )
