"""Claims: holding a task, staying alive, giving it back. Decided inside the write transaction, proven by a fence."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.app.answers import ClaimAnswer, TaskAnswer
from vespera_core.app.requests import Checkpoint, ClaimTask, Heartbeat, Release
from vespera_core.app.rules.reasons import waits_for
from vespera_core.app.unit import Unit
from vespera_core.errors import Conflict, HeldByOther, InvalidInput, NotReady, VesperaError
from vespera_core.model.basics import SECOND, Micros, check_json, check_text
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import MAX_REASON, Task
from vespera_core.model.workflow import IN_PROGRESS, PENDING

MAX_LEASE_SECONDS: Final = 30 * 86400

NO_HOLD: Final = {"hold_kind": None, "lease_owner": None, "lease_until": None, "lease_seconds": None}
"""What the fields of a hold are while nobody holds a task."""


def claim(unit: Unit, request: ClaimTask) -> ClaimAnswer:
    """Hold the named task, or the most urgent ready one that fits; answers no task where nothing is ready."""
    seconds = _check_lease(request.lease_seconds)
    if request.task_id is None:
        return _claim_first(unit, request, seconds, unit.closed_to_caller())
    task = _claimable(unit, unit.task(request.task_id))
    if (error := _unfit(unit, task, request)) is not None:
        raise error
    return _take(unit, task, seconds, human=request.human)


def claim_next_ready(unit: Unit, role: str | None, lease_seconds: int) -> ClaimAnswer:
    """Hold the most urgent ready task, in a unit that has done something else before.

    Raises PermissionDenied where the caller may claim nothing anywhere.
    """
    request = ClaimTask(role=role, lease_seconds=lease_seconds)
    return _claim_first(unit, request, _check_lease(lease_seconds), unit.closed_to_caller("task.claim"))


def _claim_first(unit: Unit, request: ClaimTask, seconds: int, closed: tuple[str, ...]) -> ClaimAnswer:
    task = _first_ready(unit, request, closed)
    return ClaimAnswer(None) if task is None else _take(unit, task, seconds, human=request.human)


def _check_lease(seconds: int) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= MAX_LEASE_SECONDS:
        raise InvalidInput(f"A lease lasts from 1 second to 30 days; got {seconds!r} seconds.", field="lease_seconds")
    return seconds


def _first_ready(unit: Unit, request: ClaimTask, closed: tuple[str, ...]) -> Task | None:
    projects = None if request.project_id is None else (unit.project(request.project_id).project_id,)
    query = TaskQuery(
        projects=projects, without_projects=closed, role=request.role, types=request.type, tags=request.tags,
        ready_at=unit.now, limit=1, counted=False,
    )  # fmt: skip
    task = next(iter(unit.reader.select(query).items), None)
    if task is None or _is_free(unit, task, request):
        return task
    from vespera_core.app.roles.fitting import first_fit

    return first_fit(unit, query, asked=request.role is not None)


def _is_free(unit: Unit, task: Task, request: ClaimTask) -> bool:
    """Whether no role has a say: a person may hold anything, and where none is in force, so may everybody."""
    role = unit.caller.role
    return (role is None and (request.human or task.role is None)) or unit.roles() is None


def _unfit(unit: Unit, task: Task, request: ClaimTask) -> VesperaError | None:
    """What a role has against the claim of a task."""
    if _is_free(unit, task, request):
        return None
    from vespera_core.app.roles.fitting import refusal

    return refusal(unit, task)


def _claimable(unit: Unit, task: Task) -> Task:
    unit.writable_project(task.project_id)
    record = unit.records((task.task_id,))[task.task_id]
    if record.ready_at is not None and record.ready_at <= unit.now:
        return task
    if task.hold_kind is not None:
        _refuse_held(unit, task)
    reasons = waits_for(unit, task)
    raise NotReady(
        f"{task.task_id} is not ready. {reasons[0].message if reasons else ''}".strip(),
        task_id=task.task_id,
        reasons=[{"kind": one.kind, "task_id": one.task_id, "message": one.message} for one in reasons],
        next=f"Run 'vespera ready --explain {task.task_id}', or take other work with 'vespera claim'.",
    )


def _refuse_held(unit: Unit, task: Task) -> None:
    if task.lease_owner != unit.caller.actor:
        unit.guard(task)
        return
    raise HeldByOther(
        f"{task.task_id} is held already, by your own name {task.lease_owner} under fence {task.fence}.",
        task_id=task.task_id, holder=task.lease_owner, fence=task.fence,
        next=f"If that is you, go on with 'vespera heartbeat {task.task_id}'; else run 'vespera claim'.",
    )  # fmt: skip


def _take(unit: Unit, task: Task, seconds: int, *, human: bool) -> ClaimAnswer:
    lapsed = task.lease_owner if task.hold_kind is not None else None
    if task.hold_kind is not None:
        task = unit.record(
            task, "task.reclaimed",
            {"status": PENDING, **NO_HOLD},
            more={"from": lapsed, "reason": "lease lapsed"},
        )  # fmt: skip
    until = None if human else Micros(unit.now + seconds * SECOND)
    changes: dict[str, Any] = {
        "status": IN_PROGRESS, "assignee": unit.caller.actor, "hold_kind": "human" if human else "worker",
        "lease_owner": unit.caller.actor, "lease_until": until, "lease_seconds": None if human else seconds,
        "fence": task.fence + 1, "started_at": task.started_at if task.started_at is not None else unit.now,
    }  # fmt: skip
    held = unit.record(task, "task.claimed", changes)
    return ClaimAnswer(held, held.fence, held.lease_until, lapsed)


def _held_by_caller(unit: Unit, task_id: str, fence: int | None) -> Task:
    task = unit.task(task_id)
    unit.guard(task, fence)
    if task.hold_kind is None:
        raise Conflict(
            f"Nobody holds {task.task_id} now; it is {task.status}.", task_id=task.task_id, status=task.status,
            next=f"Claim it with 'vespera claim {task.task_id}' before you go on.",
        )  # fmt: skip
    if fence is None and task.lease_owner != unit.caller.actor:
        raise HeldByOther(
            f"{task.task_id} is not yours: the lease of {task.lease_owner} has lapsed, and nobody claimed it since.",
            task_id=task.task_id, holder=task.lease_owner, next=f"Claim it with 'vespera claim {task.task_id}'.",
        )  # fmt: skip
    return task


def heartbeat(unit: Unit, request: Heartbeat) -> ClaimAnswer:
    """Renew a lease: no event, no version. A human hold has nothing to renew and is answered as it is."""
    task = _held_by_caller(unit, request.task_id, request.fence)
    if task.hold_kind == "worker":
        task = unit.renew(task, _check_lease(request.lease_seconds or task.lease_seconds or 900))
    return ClaimAnswer(task, task.fence, task.lease_until)


def release(unit: Unit, request: Release) -> TaskAnswer:
    """Give a task back to the queue; its checkpoint stays."""
    task = unit.task(request.task_id)
    unit.writable_project(task.project_id)
    if not request.force:
        task = _held_by_caller(unit, request.task_id, request.fence)
    elif task.hold_kind is None:
        return TaskAnswer(task)
    more: dict[str, Any] = {}
    if request.reason is not None:
        more["reason"] = check_text("reason", request.reason, MAX_REASON)
    if request.force and task.lease_owner != unit.caller.actor:
        more["forced"] = True
    return TaskAnswer(give_back(unit, task, more))


def give_back(unit: Unit, task: Task, more: dict[str, Any], changes: dict[str, Any] | None = None) -> Task:
    """Put a held task back into the queue, with other `changes`; `more` joins the event, which tells who had it."""
    free: dict[str, Any] = {"status": PENDING, **NO_HOLD, **(changes or {})}
    if task.assignee == task.lease_owner:
        free["assignee"] = None
    return unit.record(task, "task.released", free, more={"from": task.lease_owner, **more})


def checkpoint(unit: Unit, request: Checkpoint) -> TaskAnswer:
    """Keep what the next worker needs; it survives release and reclaim."""
    task = _held_by_caller(unit, request.task_id, request.fence)
    state = check_json("checkpoint", request.state)
    return TaskAnswer(unit.record(task, "task.checkpointed", {"checkpoint": state}))
