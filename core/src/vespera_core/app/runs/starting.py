"""Starting a run, and saying how far it is. The claim and the run are one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vespera_core.app.requests import ClaimTask
from vespera_core.app.runs.answers import RunAnswer, StartedRun
from vespera_core.app.runs.record import (
    CANCELLED,
    FAILED,
    KIND,
    LOST,
    RUNNING,
    Run,
    entity_of,
    find_run,
    run_id_of,
    run_of,
    runs_of_task,
)
from vespera_core.app.runs.requests import Retry, RunProgress, StartRun
from vespera_core.app.runs.retry import check_retry
from vespera_core.app.tasks.claims import claim
from vespera_core.app.tasks.statuses import move
from vespera_core.app.unit import Unit
from vespera_core.errors import Conflict, HeldByOther, InvalidInput
from vespera_core.model.basics import check_text, check_word
from vespera_core.model.entity import Entity
from vespera_core.model.task import Task
from vespera_core.model.workflow import BLOCKED
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def around_start(kernel: Kernel, request: StartRun, caller: Caller, write: Callable[[], StartedRun]) -> StartedRun:
    """Refuse what can never be done before anything is claimed; brief whoever does the work itself.

    Raises PluginFault for an executor that nobody offers, UnknownRole, RoleFault, and InvalidInput.
    """
    from vespera_core.app.context.limits import role_of
    from vespera_core.app.context.pack import check_context, task_context
    from vespera_core.app.context.requests import TaskContext

    kernel.registry.select("executor", request.executor)
    asked = TaskContext(task_id=request.task_id or "", budget=request.budget, role=request.role)
    check_context(asked)
    if request.executor == "manual":
        role_of(kernel, request.role, None)  # the briefing would ask for it when the task is held already
    answer = write()
    if request.executor != "manual" or answer.task is None:
        return answer
    return replace(answer, briefing=task_context(kernel, replace(asked, task_id=answer.task.task_id), caller).text)


def start(unit: Unit, request: StartRun) -> StartedRun:
    """Claim a task, or use the caller's claim, and record that it is being worked on.

    Raises what a claim raises, StaleFence, and Conflict where the claim has its run already.
    """
    retry = _checked(request)
    while True:
        task, lapsed = _held(unit, request)
        if task is None:
            return StartedRun()
        earlier = runs_of_task(unit, task.task_id)
        losses = _losses(earlier, lapsed=lapsed)
        if request.task_id is not None or losses < retry.losses:
            return _started(unit, request, task, earlier, losses)
        _give_up(unit, task, earlier, losses)
        unit.finish()  # so that the next look does not find it ready


def _started(unit: Unit, request: StartRun, task: Task, known: list[Entity], losses: int) -> StartedRun:
    if unit.reader.entity(KIND, run_id_of(task)) is not None:
        raise Conflict(
            f"The claim {task.fence} of {task.task_id} has its run already: {run_id_of(task)}.", task_id=task.task_id,
            next=f"Look at it with 'vespera run status {run_id_of(task)}'.",
        )  # fmt: skip
    earlier = [_lost(unit, one) for one in known]
    run = Run(
        run_id=run_id_of(task), task_id=task.task_id, project_id=task.project_id, actor=unit.caller.actor,
        role=request.role or task.role, executor=request.executor, command=request.command, fence=task.fence,
        attempt=_attempt(earlier), losses=losses, started_at=unit.now,
    )  # fmt: skip
    unit.put_entity(None, entity_of(run), "run.started")
    return StartedRun(run=run, task=task, fence=task.fence, lease_until=task.lease_until)


def _checked(request: StartRun) -> Retry:
    check_word("executor", request.executor)
    for word in request.command:
        check_text("command", word, 100_000)
    if request.fence is not None and request.task_id is None:
        raise InvalidInput("A fence belongs to a task: name it.", field="task_id")
    return check_retry(request.retry or Retry())


def _held(unit: Unit, request: StartRun) -> tuple[Task | None, bool]:
    """The task, and whether it was taken over from a lease that had run out."""
    if request.fence is not None:
        task = unit.task(str(request.task_id))
        unit.guard(task, request.fence)
        return task, False
    asked = ClaimTask(
        task_id=request.task_id, role=request.role, project_id=request.project_id, type=request.type,
        tags=request.tags, lease_seconds=request.lease_seconds,
    )  # fmt: skip
    taken = claim(unit, asked)
    return taken.task, taken.reclaimed_from is not None


def _losses(earlier: list[Entity], *, lapsed: bool) -> int:
    """How many leases have run out in a row, each in the midst of a run."""
    last = run_of(earlier[-1]) if earlier else None
    if last is None or last.gave_up:
        return 0
    if last.state in (RUNNING, LOST):
        return last.losses + lapsed
    return last.losses if last.state == CANCELLED else 0


def _give_up(unit: Unit, task: Task, earlier: list[Entity], losses: int) -> None:
    """Hold the task for a person: whatever it does, those who work on it do not live to say how it ended."""
    *others, last = earlier
    for one in others:
        _lost(unit, one)
    run = run_of(last)
    reason = (
        f"Its lease ran out {losses} times in a row, the last time under {run.actor}: the task may be what ends its "
        "workers."
    )
    gone = replace(run, state=LOST, ended_at=unit.now, reason=reason, gave_up=True)
    unit.put_entity(last, entity_of(gone), "run.lost")
    move(unit, task, BLOCKED, reason=reason)


def _lost(unit: Unit, entity: Entity) -> Run:
    """A run of an earlier claim can no longer end: its worker died, or was cut off."""
    run = run_of(entity)
    if run.state != RUNNING:
        return run
    gone = replace(run, state=LOST, ended_at=unit.now, reason="Its claim ended before it did.")
    unit.put_entity(entity, entity_of(gone), "run.lost")
    return gone


def _attempt(earlier: list[Run]) -> int:
    if not earlier or earlier[-1].gave_up:
        return 1
    last = earlier[-1]
    return last.attempt + 1 if last.state in (FAILED, LOST) else last.attempt if last.state == CANCELLED else 1


def progress(unit: Unit, request: RunProgress) -> RunAnswer:
    """Say how far a run is; that renews the lease, too. Raises StaleFence, HeldByOther, Conflict or InvalidInput."""
    entity = find_run(unit, request.run_id)
    run, task = own_run(unit, entity, request.fence)
    changes: dict[str, Any] = {}
    if request.progress is not None:
        changes["progress"] = _share(request.progress)
    if request.note is not None:
        changes["note"] = check_text("note", request.note, 1_000)
    if not changes:
        raise InvalidInput("Nothing was said about how far it is.", field="progress", next="Add --percent N or a note.")
    run = replace(run, **changes)
    unit.put_entity(entity, entity_of(run), "run.progressed")
    if task.hold_kind == "worker":
        task = unit.renew(task, task.lease_seconds or 900)
    return RunAnswer(run=run, task=task)


def own_run(unit: Unit, entity: Entity, fence: int | None) -> tuple[Run, Task]:
    """A run that goes on, and its task, held by the caller or under this fence.

    Raises StaleFence where the claim behind the run is over, and Conflict for a run that has ended.
    """
    run = run_of(entity)
    task = unit.task(run.task_id)
    unit.guard(task, run.fence if fence is None and run.state == RUNNING and run.actor == unit.caller.actor else fence)
    if fence is None and run.actor != unit.caller.actor:
        raise HeldByOther(
            f"The run {run.run_id} is that of {run.actor}; you are {unit.caller.actor}.", run_id=run.run_id,
            next="Give the fence of its claim, or end it with 'vespera run cancel'.",
        )  # fmt: skip
    if run.state != RUNNING or task.fence != run.fence or task.hold_kind is None:
        raise Conflict(
            f"The run {run.run_id} is {run.state if run.state != RUNNING else LOST}: it takes no more.",
            run_id=run.run_id, state=run.state, next=f"Look at it with 'vespera run status {run.run_id}'.",
        )  # fmt: skip
    return run, task


def _share(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidInput(f"progress is a share from 0 to 1, not {value!r}.", field="progress")
    return float(value)
