"""Statuses: completing, reopening, cancelling, deferring, blocking, and what each sets besides the status."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.app.answers import CompleteAnswer, MovedAnswer, Reason
from vespera_core.app.evidence.recording import check_enough, record_evidence
from vespera_core.app.requests import CompleteTasks, MoveTasks
from vespera_core.app.rules.reasons import obstacles
from vespera_core.app.tasks.claims import NO_HOLD, claim_next_ready
from vespera_core.app.unit import Unit
from vespera_core.errors import ApprovalNeeded, Conflict, EvidenceNeeded, InvalidInput, NotReady
from vespera_core.model.basics import check_text
from vespera_core.model.evidence import RAN, SAID, Evidence
from vespera_core.model.task import MAX_REASON, Task
from vespera_core.model.workflow import BLOCKED, CANCELLED, COMPLETED, IN_PROGRESS, IN_REVIEW, PENDING

_KINDS: Final = {
    COMPLETED: "task.completed",
    CANCELLED: "task.cancelled",
    BLOCKED: "task.blocked",
    IN_PROGRESS: "task.started",
}


def move(
    unit: Unit,
    task: Task,
    status: str,
    *,
    reason: str | None = None,
    force: bool = False,
    other: dict[str, Any] | None = None,
) -> Task:
    """Give a task another status, with everything that follows from it; `other` field values join the same event.

    Raises TransitionRefused where the workflow forbids it, and NotReady for a completion that something stands in the
    way of, unless it is forced, which the event records.
    """
    _check_reason(reason)
    workflow = unit.workflow(task.project_id)
    workflow.check(task.type, task.status, status)
    was_closed, is_closed = workflow.category(task.status) == "closed", workflow.category(status) == "closed"
    changes: dict[str, Any] = {**(other or {}), "status": status}
    more = {}
    if status == COMPLETED and not was_closed:
        more = _completion(unit, task, force=force)
    if is_closed and not was_closed:
        changes |= {"closed_at": unit.now, "closed_by": unit.caller.actor, "close_reason": reason}
    elif was_closed and not is_closed:
        changes |= {"closed_at": None, "closed_by": None, "close_reason": None}
    if status != IN_PROGRESS:
        changes |= NO_HOLD
    elif task.started_at is None:
        changes["started_at"] = unit.now
    changes["block_reason"] = (reason or task.block_reason or "") if workflow.category(status) == "held" else None
    if reason is not None and not is_closed:
        more["reason"] = reason
    return unit.record(task, _kind(status, was_closed, is_closed), changes, more=more)


def _kind(status: str, was_closed: bool, is_closed: bool) -> str:
    if was_closed and not is_closed:
        return "task.reopened"
    return _KINDS.get(status, "task.updated")


def _completion(unit: Unit, task: Task, *, force: bool) -> dict[str, Any]:
    found = obstacles(unit, task)
    if found and not force:
        raise not_ready(task, found, "completed")
    forced = [reason.message for reason in found]
    try:
        level = check_enough(unit, task)
    except EvidenceNeeded as error:
        if not force:
            raise
        forced.append(error.message)
        level = error.details["level"]
    if task.role is not None and unit.roles() is not None:
        from vespera_core.app.approvals.holding import check_completion

        check_completion(unit, task)
    return ({} if level == SAID else {"evidence": level}) | ({"forced": forced} if forced else {})


def not_ready(task: Task, reasons: list[Reason], verb: str) -> NotReady:
    """The refusal that says what a task waits for."""
    first = reasons[0].message
    more = f" And {len(reasons) - 1} more." if len(reasons) > 1 else ""
    return NotReady(
        f"{task.task_id} cannot be {verb} now. {first}{more}",
        task_id=task.task_id,
        reasons=[{"kind": reason.kind, "task_id": reason.task_id, "message": reason.message} for reason in reasons],
        next=f"Run 'vespera ready --explain {task.task_id}' to see everything it waits for.",
    )


def complete(unit: Unit, request: CompleteTasks) -> CompleteAnswer:
    """Complete tasks; again by the same actor is fine, by another one a conflict.

    Where a person has to approve it first, a task is in review afterwards, and not completed.
    """
    if not request.task_ids:
        raise InvalidInput("No task was named.", field="task_ids")
    done = [_complete_one(unit, task, request) for task in unit.tasks(request.task_ids)]
    unit.finish()
    unblocked = unit.ripple.unblocked(unit.now)
    closed = {task.task_id for task in done}
    claimed = claim_next_ready(unit, request.role, request.lease_seconds) if request.claim_next else None
    return CompleteAnswer(tuple(done), tuple(one for one in unblocked if one not in closed), claimed)


def _complete_one(unit: Unit, task: Task, request: CompleteTasks) -> Task:
    if task.status == COMPLETED:
        if task.closed_by == unit.caller.actor:
            return task
        raise Conflict(
            f"{task.task_id} was completed by {task.closed_by or 'somebody else'}; you are {unit.caller.actor}.",
            task_id=task.task_id, completed_by=task.closed_by,
        )  # fmt: skip
    unit.guard(task, request.fence)
    if request.command is not None:
        task = record_evidence(unit, task, Evidence(level=RAN, command=request.command, exit_code=request.exit_code))
    try:
        return move(unit, task, COMPLETED, reason=request.reason, force=request.force)
    except ApprovalNeeded:
        return submitted(unit, task, request.reason)


def _check_reason(reason: str | None) -> None:
    """Raise InvalidInput for a reason that no store may hold: some become no field of a task, but all are logged."""
    if reason is not None:
        check_text("reason", reason, MAX_REASON)


def submitted(unit: Unit, task: Task, reason: str | None) -> Task:
    """Leave a task in review, for a person to complete it: its lease ends, and its work is not done again."""
    from vespera_core.app.approvals.holding import ask_for_completion

    ask_for_completion(unit, task, reason)
    return task if task.status == IN_REVIEW else move(unit, task, IN_REVIEW, reason=reason)


def _moved(unit: Unit, request: MoveTasks, status: str, other: dict[str, Any] | None = None) -> MovedAnswer:
    if not request.task_ids:
        raise InvalidInput("No task was named.", field="task_ids")
    _check_reason(request.reason)
    moved = []
    for task in unit.tasks(request.task_ids):
        unit.guard(task, request.fence)
        moved.append(
            task
            if task.status == status and not other
            else move(unit, task, status, reason=request.reason, other=other)
        )
    unit.finish()
    return MovedAnswer(tuple(moved), tuple(unit.ripple.unblocked(unit.now)))


def reopen(unit: Unit, request: MoveTasks) -> MovedAnswer:
    """Bring closed or held tasks back to pending."""
    return _moved(unit, request, PENDING)


def cancel(unit: Unit, request: MoveTasks) -> MovedAnswer:
    """Give tasks up: they block nothing any more."""
    return _moved(unit, request, CANCELLED)


def block(unit: Unit, request: MoveTasks) -> MovedAnswer:
    """Hold tasks by hand, until somebody reopens them."""
    return _moved(unit, request, BLOCKED)


def defer(unit: Unit, request: MoveTasks) -> MovedAnswer:
    """Put tasks off until a moment; without one, bring them back at once."""
    if not request.task_ids:
        raise InvalidInput("No task was named.", field="task_ids")
    moved = []
    for task in unit.tasks(request.task_ids):
        unit.guard(task, request.fence)
        _check_reason(request.reason)
        more = {"reason": request.reason} if request.reason is not None else None
        moved.append(unit.record(task, "task.deferred", {"defer_until": request.until}, more=more))
    unit.finish()
    return MovedAnswer(tuple(moved), tuple(unit.ripple.unblocked(unit.now)))
