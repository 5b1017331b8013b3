"""Answers of this room."""

from __future__ import annotations

from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.model.task import Task


@record(frozen=True, slots=True, kw_only=True)
class Approval:
    """A step of a task that a person has a say in.

    `state` is ``waiting``, ``approved`` or ``rejected``. `asked_by` is who wants to complete the task, None where a
    role waits for work. `at` is when it came into this state, None where nobody has done anything yet.
    """

    task_id: str
    project_id: str
    title: str
    role: str | None
    step: str
    state: str
    asked_by: str | None = None
    decided_by: str | None = None
    reason: str = ""
    at: Micros | None = None


@record(frozen=True, slots=True, kw_only=True)
class ApprovalsAnswer:
    """Approvals by task: those that wait, and where asked for those that were decided."""

    approvals: tuple[Approval, ...]


@record(frozen=True, slots=True, kw_only=True)
class ApprovalAnswer:
    """What was decided, the task as it is now, and what that made ready."""

    approval: Approval
    task: Task
    unblocked: tuple[str, ...] = ()
