"""Requests: the typed inputs of all operations.

Plain dataclasses whose annotations can be read at run time, so that transports may validate them with pydantic, which
is told to refuse unknown fields. `UNSET` means "not given". The rules themselves are checked by the handlers, once.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, ClassVar

from vespera_core.model.basics import UNSET, Micros, Unset
from vespera_core.model.record import record


class _Request:
    """What all inputs share: nothing unknown gets in."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@record(frozen=True, slots=True, kw_only=True)
class Nothing(_Request):
    """No input."""


@record(frozen=True, slots=True, kw_only=True)
class CreateTask(_Request):
    """A task to be made. Without an id one is made; without a project, the parent's or the workspace's is taken.

    `if_similar` asks for a look at the tasks that are there: ``warn`` names those that are alike, ``return_existing``
    answers with the likest one instead of making another, ``refuse`` raises SimilarExists. None: no look.
    """

    title: str
    description: str = ""
    type: str = "task"
    priority: str = "normal"
    status: str = "pending"
    project_id: str | None = None
    parent_id: str | None = None
    depends_on: tuple[str, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()
    role: str | None = None
    assignee: str | None = None
    acceptance_criteria: str = ""
    notes: str = ""
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    due_at: Micros | None = None
    defer_until: Micros | None = None
    estimate_minutes: int | None = None
    external_ref: str | None = None
    task_id: str | None = None
    if_similar: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class PlannedTask(CreateTask):
    """A task of a tree: its children, and dependencies that may name other tasks of the same tree by id or by `key`."""

    key: str | None = None
    children: tuple[PlannedTask, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class CreateTasks(_Request):
    """Tasks to be made together, in one transaction, however deep their tree."""

    tasks: tuple[PlannedTask, ...]


@record(frozen=True, slots=True, kw_only=True)
class TaskRef(_Request):
    """One task, by id or unique prefix; `as_of` asks for it as it was."""

    task_id: str
    as_of: Micros | None = None


@record(frozen=True, slots=True, kw_only=True)
class ListTasks(_Request):
    """Filters narrow each other; none means every task that is not deleted. `limit` 0 asks for all."""

    project_id: str | None = None
    status: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    role: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    parent_id: str | None = None
    open: bool | None = None
    deleted: bool = False
    sort: str = "priority"
    limit: int = 50
    cursor: str | None = None
    as_of: Micros | None = None


@record(frozen=True, slots=True, kw_only=True)
class UpdateTasks(_Request):
    """New values for one or several tasks: all of them, or none."""

    task_ids: tuple[str, ...]
    title: str | Unset = UNSET
    description: str | Unset = UNSET
    type: str | Unset = UNSET
    status: str | Unset = UNSET
    priority: str | Unset = UNSET
    parent_id: str | Unset | None = UNSET
    role: str | Unset | None = UNSET
    assignee: str | Unset | None = UNSET
    acceptance_criteria: str | Unset = UNSET
    notes: str | Unset = UNSET
    tags: tuple[str, ...] | Unset = UNSET
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    metadata: dict[str, Any] | Unset = UNSET
    due_at: Micros | Unset | None = UNSET
    defer_until: Micros | Unset | None = UNSET
    estimate_minutes: int | Unset | None = UNSET
    external_ref: str | Unset | None = UNSET
    expected_version: int | None = None
    fence: int | None = None
    force: bool = False


@record(frozen=True, slots=True, kw_only=True)
class ReadyTasks(_Request):
    """Which ready tasks: those of a role or a project, the most urgent first."""

    role: str | None = None
    project_id: str | None = None
    type: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    assignee: str | None = None
    limit: int = 50
    cursor: str | None = None
    as_of: Micros | None = None


@record(frozen=True, slots=True, kw_only=True)
class ClaimTask(_Request):
    """A task to be held: this one, or the most urgent ready one that fits. A human hold has no end; a lease has."""

    task_id: str | None = None
    role: str | None = None
    project_id: str | None = None
    type: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    lease_seconds: int = 900
    human: bool = False


@record(frozen=True, slots=True, kw_only=True)
class HeldTask(_Request):
    """A task that the caller holds, proven by its name or by the fence of the claim."""

    task_id: str
    fence: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class Heartbeat(HeldTask):
    """Renew a lease, by default for as long as it was claimed."""

    lease_seconds: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class Release(HeldTask):
    """Give a task back. `force` ends somebody else's hold; that is recorded."""

    reason: str | None = None
    force: bool = False


@record(frozen=True, slots=True, kw_only=True)
class Checkpoint(HeldTask):
    """What the next worker needs to go on: any JSON object; next step, files and last result are usual."""

    state: dict[str, Any]


@record(frozen=True, slots=True, kw_only=True)
class CompleteTasks(_Request):
    """Tasks that are done: all of them, or none. `claim_next` takes the next ready task in the same transaction.

    `command` and `exit_code` are evidence: what the caller ran, and how it ended.
    """

    task_ids: tuple[str, ...]
    fence: int | None = None
    reason: str | None = None
    command: str | None = None
    exit_code: int | None = None
    force: bool = False
    claim_next: bool = False
    role: str | None = None
    lease_seconds: int = 900


@record(frozen=True, slots=True, kw_only=True)
class MoveTasks(_Request):
    """A change of status of one or several tasks: all of them, or none."""

    task_ids: tuple[str, ...]
    reason: str | None = None
    fence: int | None = None
    until: Micros | None = None


@record(frozen=True, slots=True, kw_only=True)
class DeleteTask(_Request):
    """A task to be deleted, softly. With live children it needs `recursive`; `dry_run` only says what would go.

    `confirm` is how many tasks the caller means to delete, as a dry run told: if there are others by now, none goes.
    """

    task_id: str
    recursive: bool = False
    dry_run: bool = False
    confirm: int | None = None
    expected_version: int | None = None
    fence: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class Relate(_Request):
    """A relation from one task to another."""

    source: str
    target: str
    kind: str = "depends_on"
    fence: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class AddComment(_Request):
    """A remark on a task, by anybody."""

    task_id: str
    text: str


@record(frozen=True, slots=True, kw_only=True)
class History(_Request):
    """The events of one task or project, or of everything, newest first. `before_seq` goes on where a page ended."""

    task_id: str | None = None
    project_id: str | None = None
    limit: int = 50
    before_seq: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class UndoEvent(_Request):
    """An event to take back: its id or its number in the log."""

    event: str


@record(frozen=True, slots=True, kw_only=True)
class CreateProject(_Request):
    """A project to be made; its id is the prefix of its tasks' ids."""

    project_id: str
    name: str | None = None
    description: str = ""
    workflow: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


@record(frozen=True, slots=True, kw_only=True)
class UpdateProject(_Request):
    """New values for a project."""

    project_id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    status: str | Unset = UNSET
    workflow: dict[str, Any] | Unset = UNSET
    metadata: dict[str, Any] | Unset = UNSET
    expected_version: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class ProjectRef(_Request):
    """One project, by its id."""

    project_id: str


@record(frozen=True, slots=True, kw_only=True)
class ListProjects(_Request):
    """All projects, archived ones too where asked for."""

    archived: bool = False


@record(frozen=True, slots=True, kw_only=True)
class ImportFile(_Request):
    """A file or folder to be taken in. `project_id` receives tasks whose project the file does not know.

    `dry_run` only says what would be done.
    """

    format: str
    path: str
    project_id: str | None = None
    skip_invalid: bool = False
    dry_run: bool = False


@record(frozen=True, slots=True, kw_only=True)
class ExportFile(_Request):
    """Where to write everything, in which format; no path means standard output."""

    format: str = "jsonl"
    path: str | None = None
    project_id: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class BackupFile(_Request):
    """A new file that receives a complete copy of the store."""

    path: str
