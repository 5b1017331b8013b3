"""Answers: the typed outputs of all operations."""

from __future__ import annotations

from vespera_core.model.basics import Micros
from vespera_core.model.event import Event
from vespera_core.model.project import Project
from vespera_core.model.record import record
from vespera_core.model.task import Task
from vespera_core.ports.format import Comment, ImportProblem
from vespera_core.ports.storage import Finding


@record(frozen=True, slots=True)
class Reason:
    """One thing that a task waits for: a word for its kind, the task or moment it is about, and a sentence."""

    kind: str
    message: str
    task_id: str | None = None
    until: Micros | None = None


@record(frozen=True, slots=True)
class TaskAnswer:
    """One task, as it is after the operation."""

    task: Task


@record(frozen=True, slots=True)
class SimilarTask:
    """A task that is like another, or like a text: how much (cosine, at most 1)."""

    task_id: str
    title: str
    status: str
    likeness: float


@record(frozen=True, slots=True)
class CreateAnswer:
    """The task that was made, and those like it where that was asked; not `created`, the likest of them instead."""

    task: Task
    created: bool = True
    similar: tuple[SimilarTask, ...] = ()


@record(frozen=True, slots=True)
class TaskDetail:
    """One task with what belongs to it: remarks, children, what depends on it, and what it waits for.

    `ready` is None where the task is shown as it was at an earlier moment, which says nothing about now.
    """

    task: Task
    ready: bool | None
    waits_for: tuple[Reason, ...] = ()
    children: tuple[str, ...] = ()
    dependents: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()


@record(frozen=True, slots=True)
class TasksAnswer:
    """Several tasks, as they are after the operation."""

    tasks: tuple[Task, ...]


@record(frozen=True, slots=True)
class TaskPage:
    """One page of tasks, how many there are in all, and where the next page starts."""

    tasks: tuple[Task, ...]
    total: int
    next_cursor: str | None = None


@record(frozen=True, slots=True)
class WaitingTask:
    """A task that cannot be worked on yet, and why."""

    task: Task
    waits_for: tuple[Reason, ...]


@record(frozen=True, slots=True)
class WaitingPage:
    """One page of tasks that wait."""

    tasks: tuple[WaitingTask, ...]
    total: int
    next_cursor: str | None = None


@record(frozen=True, slots=True)
class Explanation:
    """Whether a task is ready, and everything that it waits for.

    A reason of the kind ``role`` keeps workers from a ready task too; a person may hold it all the same.
    """

    task_id: str
    ready: bool
    status: str
    waits_for: tuple[Reason, ...]


@record(frozen=True, slots=True)
class TreeNode:
    """A task and what hangs below it: its children, or in a dependency tree what it depends on."""

    task: Task
    children: tuple[TreeNode, ...] = ()
    repeated: bool = False


@record(frozen=True, slots=True)
class TreeAnswer:
    """A tree of tasks."""

    tree: TreeNode


@record(frozen=True, slots=True)
class ClaimAnswer:
    """What was claimed (nothing where nothing is ready), the fence that proves it, and when the lease ends."""

    task: Task | None
    fence: int | None = None
    lease_until: Micros | None = None
    reclaimed_from: str | None = None


@record(frozen=True, slots=True)
class CompleteAnswer:
    """What was completed, what that made ready, and what was claimed next, where that was asked for."""

    tasks: tuple[Task, ...]
    unblocked: tuple[str, ...]
    claimed: ClaimAnswer | None = None


@record(frozen=True, slots=True)
class MovedAnswer:
    """Tasks in their new status, and what that made ready."""

    tasks: tuple[Task, ...]
    unblocked: tuple[str, ...] = ()


@record(frozen=True, slots=True)
class DeleteAnswer:
    """What was deleted, or would be in a dry run."""

    deleted: tuple[str, ...]
    dry_run: bool = False


@record(frozen=True, slots=True)
class RestoreAnswer:
    """What came back."""

    restored: tuple[str, ...]


@record(frozen=True, slots=True)
class CyclesAnswer:
    """Circles in which tasks wait for themselves; the write path allows none."""

    cycles: tuple[tuple[str, ...], ...]


@record(frozen=True, slots=True)
class CommentAnswer:
    """The remark as it was recorded."""

    task_id: str
    comment: Comment


@record(frozen=True, slots=True)
class HistoryAnswer:
    """Events, newest first, and where the next page starts."""

    events: tuple[Event, ...]
    next_before: int | None = None


@record(frozen=True, slots=True)
class UndoAnswer:
    """What was taken back, and the tasks as they are now."""

    undone: int
    kind: str
    tasks: tuple[Task, ...]


@record(frozen=True, slots=True)
class ProjectAnswer:
    """One project, as it is after the operation."""

    project: Project


@record(frozen=True, slots=True)
class ProjectsAnswer:
    """Projects."""

    projects: tuple[Project, ...]


@record(frozen=True, slots=True)
class StatsAnswer:
    """Counts of live tasks, and where the log stands."""

    total: int
    open: int
    ready: int
    by_status: dict[str, int]
    by_type: dict[str, int]
    by_project: dict[str, int]
    events: int


@record(frozen=True, slots=True)
class ImportAnswer:
    """What an import did, or would do in a dry run. `skipped` counts rows left out on purpose, by reason."""

    format: str
    imported: int
    updated: int
    unchanged: int
    skipped: int
    relations: int
    skipped_by: dict[str, int]
    problems: tuple[ImportProblem, ...]
    dry_run: bool = False


@record(frozen=True, slots=True)
class ExportAnswer:
    """What was written, and the digest of everything that counts as state."""

    format: str
    path: str | None
    tasks: int
    digest: str


@record(frozen=True, slots=True)
class BackupAnswer:
    """The finished copy."""

    path: str
    bytes: int


@record(frozen=True, slots=True)
class DoctorAnswer:
    """Every check and what it found; `healthy` while none found damage."""

    healthy: bool
    findings: tuple[Finding, ...]
