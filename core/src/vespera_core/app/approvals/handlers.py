"""Deciding: a person's yes or no, and what waits for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from vespera_core.app.approvals.answers import Approval, ApprovalAnswer, ApprovalsAnswer
from vespera_core.app.approvals.holding import (
    APPROVED,
    COMPLETION,
    EXECUTION,
    KIND,
    REJECTED,
    WAITING,
    approval_id,
    awaits_completion,
    counts,
    holds,
    is_person,
    unapproved,
)
from vespera_core.app.approvals.requests import Decide, ListApprovals
from vespera_core.app.session import Session
from vespera_core.app.tasks.statuses import move
from vespera_core.app.unit import Unit
from vespera_core.errors import Conflict, PermissionDenied
from vespera_core.model.basics import check_choice, check_text
from vespera_core.model.entity import Entity
from vespera_core.model.query import TaskQuery
from vespera_core.model.role import HELD_BY_APPROVAL
from vespera_core.model.task import MAX_REASON, Task
from vespera_core.model.workflow import BLOCKED, COMPLETED, PENDING
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel
    from vespera_core.app.roles.catalogue import Catalogue


def approve(unit: Unit, request: Decide) -> ApprovalAnswer:
    """Let a task be worked on, or complete it; again by the same person is fine, after another's word a conflict."""
    task, step, old = _asked(unit, request)
    if old is not None and _is_said(unit, task, step, old):
        return ApprovalAnswer(approval=_shown(old, task), task=task)
    _check_waits(unit, task, step, old)
    entity = _decided(unit, task, step, old, APPROVED, request.reason)
    if step == COMPLETION:
        task = move(unit, task, COMPLETED, reason=request.reason or old.data["reason"] or None if old else None)
    unit.finish()
    return ApprovalAnswer(
        approval=_shown(entity, task), task=task, unblocked=tuple(unit.ripple.unblocked(unit.now))
    )  # fmt: skip


def reject(unit: Unit, request: Decide) -> ApprovalAnswer:
    """Send work back with a reason, which the next worker reads; or hold a task that is not to be worked on."""
    check_text("reason", request.reason, MAX_REASON, empty=False)
    task, step, old = _asked(unit, request)
    _check_waits(unit, task, step, old)
    entity = _decided(unit, task, step, old, REJECTED, request.reason)
    if step == COMPLETION:
        task = unit.record(task, "task.commented", {}, more={"text": f"Not approved: {request.reason}"})
    task = move(unit, task, PENDING if step == COMPLETION else BLOCKED, reason=request.reason)
    unit.finish()
    return ApprovalAnswer(approval=_shown(entity, task), task=task)


def _asked(unit: Unit, request: Decide) -> tuple[Task, str, Entity | None]:
    """The task, the step that is meant, and what is known of it."""
    check_text("reason", request.reason, MAX_REASON)
    if request.step is not None:
        check_choice("step", request.step, HELD_BY_APPROVAL)
    if not is_person(unit):
        raise PermissionDenied(
            f"{unit.caller.actor} is no person, and approvals are a person's word.",
            next="Ask a person: 'vespera approval list' shows them what waits.",
        )
    task = unit.task(request.task_id)
    unit.writable_project(task.project_id)
    known = {step: unit.reader.entity(KIND, approval_id(task.task_id, step)) for step in HELD_BY_APPROVAL}
    step = request.step or _meant(unit, task, known)
    return task, step, known[step]


def _is_said(unit: Unit, task: Task, step: str, old: Entity) -> bool:
    """Whether the caller has approved just this before."""
    if old.state != APPROVED or old.data["decided_by"] != unit.caller.actor:
        return False
    if step == EXECUTION:
        return counts(unit.reader, old, task)
    return task.status == COMPLETED and old.data["fence"] == task.fence


def _meant(unit: Unit, task: Task, known: dict[str, Entity | None]) -> str:
    """The step that waits; else the one that was decided last."""
    if awaits_completion(known[COMPLETION], task):
        return COMPLETION
    if task.open and holds(unit.roles(), task, EXECUTION) and not counts(unit.reader, known[EXECUTION], task):
        return EXECUTION
    decided = [one for one in known.values() if one is not None]
    return str(max(decided, key=lambda one: one.updated_at).data["step"]) if decided else COMPLETION


def _check_waits(unit: Unit, task: Task, step: str, old: Entity | None) -> None:
    if step == COMPLETION:
        waits = awaits_completion(old, task)
    else:
        waits = task.open and holds(unit.roles(), task, EXECUTION) and not counts(unit.reader, old, task)
    if waits:
        return
    said = "" if old is None or old.state == WAITING else f"; {old.data.get('decided_by')} {old.state} it before"
    raise Conflict(
        f"The {step} of {task.task_id} does not wait for an approval: it is {task.status}{said}.",
        task_id=task.task_id, step=step, status=task.status,
        next="Run 'vespera approval list' to see what waits.",
    )  # fmt: skip


def _decided(unit: Unit, task: Task, step: str, old: Entity | None, state: str, reason: str) -> Entity:
    before = {"asked_by": None, "fence": task.fence} if old is None else old.data
    data = {**before, "step": step, "role": task.role, "decided_by": unit.caller.actor, "said": reason}
    new = Entity(KIND, approval_id(task.task_id, step), task.project_id) if old is None else old
    new = replace(new, owner=task.task_id, state=state, data=data)
    return unit.put_entity(old, new, f"approval.{state}", task_version=task.version)


# ---------------------------------------------------------------- looking


def list_approvals(kernel: Kernel, request: ListApprovals, caller: Caller) -> ApprovalsAnswer:
    """What waits for a person, and where asked for what was decided."""
    catalogue = kernel.roles.catalogue() if kernel.roles_in_force() is not None else None
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        project = None if request.project_id is None else session.project(request.project_id).project_id
        found = [*_known(session, project, decided=request.decided), *_unasked(session, catalogue, project)]
    return ApprovalsAnswer(approvals=tuple(sorted(found, key=lambda one: (one.state != WAITING, one.task_id))))


def _known(session: Session, project: str | None, *, decided: bool) -> Iterator[Approval]:
    states = (WAITING, APPROVED, REJECTED) if decided else (WAITING,)
    entities = session.reader.entities(KIND, project_id=project, state=states)
    tasks = session.reader.tasks([one.owner for one in entities])
    for entity in entities:
        task = tasks.get(entity.owner)
        if task is not None and (entity.state != WAITING or awaits_completion(entity, task)):
            yield _shown(entity, task)


def _unasked(session: Session, catalogue: Catalogue | None, project: str | None) -> Iterator[Approval]:
    """Tasks of roles that hold the execution: nobody asks for it, it waits by itself."""
    if catalogue is None:
        return
    for role in catalogue.roles.values():
        if EXECUTION not in role.restrictions.require_approval:
            continue
        query = TaskQuery(
            projects=None if project is None else (project,), role=role.name, statuses=(PENDING,), limit=0,
            counted=False,
        )  # fmt: skip
        tasks = session.reader.select(query).items
        awaiting = unapproved(session, catalogue, tasks)
        for task in tasks:
            if task.task_id in awaiting:
                yield Approval(
                    task_id=task.task_id, project_id=task.project_id, title=task.title, role=task.role, step=EXECUTION,
                    state=WAITING,
                )  # fmt: skip


def _shown(entity: Entity, task: Task) -> Approval:
    data = entity.data
    return Approval(
        task_id=task.task_id, project_id=task.project_id, title=task.title, role=data["role"], step=data["step"],
        state=entity.state, asked_by=data.get("asked_by"),
        decided_by=None if entity.state == WAITING else data.get("decided_by"),
        reason=data.get("reason", "") if entity.state == WAITING else data.get("said", ""), at=entity.updated_at,
    )  # fmt: skip
