"""The end of a run: the task is completed, tried again later, or held, in one transaction under the run's fence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from vespera_core.app.evidence.recording import record_evidence
from vespera_core.app.runs.answers import RunAnswer
from vespera_core.app.runs.record import (
    CANCELLED,
    FAILED,
    MAX_LOG,
    RUNNING,
    SUCCEEDED,
    Run,
    as_seen,
    entity_of,
    find_run,
    run_of,
)
from vespera_core.app.runs.requests import CancelRun, FinishRun, Retry
from vespera_core.app.runs.retry import check_retry, next_try
from vespera_core.app.runs.starting import own_run
from vespera_core.app.tasks.claims import give_back
from vespera_core.app.tasks.statuses import move, submitted
from vespera_core.app.unit import Unit
from vespera_core.errors import ApprovalNeeded, Conflict, Refused
from vespera_core.model.basics import check_choice, check_json, check_text
from vespera_core.model.evidence import RAN, SEEN, Evidence
from vespera_core.model.task import Task
from vespera_core.model.times import rfc3339
from vespera_core.model.workflow import BLOCKED, COMPLETED

STOPPED: Final = "stopped"
_STATES: Final = {SUCCEEDED: SUCCEEDED, FAILED: FAILED, STOPPED: CANCELLED}


def finish(unit: Unit, request: FinishRun) -> RunAnswer:
    """End a run on the word of whoever did the work: evidence is of the level ``ran``."""
    return _finish(unit, request, RAN)


def watched(unit: Unit, request: FinishRun) -> RunAnswer:
    """End a run whose command a program of ours watched: evidence is of the level ``seen``."""
    return _finish(unit, request, SEEN)


def _finish(unit: Unit, request: FinishRun, level: str) -> RunAnswer:
    """Raises StaleFence where the claim is over; then nothing is written. Saying it again is fine."""
    retry = _checked(request)
    entity = find_run(unit, request.run_id)
    before = run_of(entity)
    if before.state == _STATES[request.outcome] and before.actor == unit.caller.actor:
        return RunAnswer(run=before, task=unit.task(before.task_id, deleted=True))
    run, task = own_run(unit, entity, request.fence)
    task, evidence = _with_evidence(unit, task, request, level)
    task = _with_checkpoint(unit, task, request)
    run = replace(
        run, state=_STATES[request.outcome], exit_code=request.exit_code, signal=request.signal, evidence=evidence,
        reason=request.reason, log_tail=request.output[-MAX_LOG:], ended_at=unit.now,
    )  # fmt: skip
    run, task = _SETTLED[request.outcome](unit, run, task, retry)
    unit.put_entity(entity, entity_of(run), f"run.{run.state}")
    return RunAnswer(run=run, task=task)


def _checked(request: FinishRun) -> Retry:
    check_choice("outcome", request.outcome, tuple(_STATES))
    check_text("reason", request.reason, 2_000)
    check_text("output", request.output)
    if request.checkpoint is not None:
        check_json("checkpoint", request.checkpoint)
    return check_retry(request.retry or Retry())


def _with_evidence(unit: Unit, task: Task, request: FinishRun, level: str) -> tuple[Task, dict[str, Any] | None]:
    """Only a command that ended by itself, with an exit code, speaks for the work."""
    if request.outcome == STOPPED or not request.command or request.exit_code is None:
        return task, None
    found = Evidence(level=level, command=request.command[:2_000], exit_code=request.exit_code, source="vespera run")
    facts = {"kind": level, "exit_code": found.exit_code, "command": found.command, "at": rfc3339(unit.now)}
    return record_evidence(unit, task, found), facts


def _with_checkpoint(unit: Unit, task: Task, request: FinishRun) -> Task:
    """What the run leaves for the next worker joins what the command itself has kept."""
    if request.checkpoint is None:
        return task
    state = {**(task.checkpoint or {}), **request.checkpoint}
    return unit.record(task, "task.checkpointed", {"checkpoint": check_json("checkpoint", state)})


def _completed(unit: Unit, run: Run, task: Task, _retry: Retry) -> tuple[Run, Task]:
    """The task is done; where the ledger refuses its completion, trying again would not help: a person looks at it."""
    try:
        return run, move(unit, task, COMPLETED, reason=run.reason or None)
    except ApprovalNeeded:
        return run, submitted(unit, task, run.reason or None)
    except Refused as error:
        run = replace(run, reason=f"It ended well, but its task was not completed: {error.message}"[:2_000])
        return run, move(unit, task, BLOCKED, reason=run.reason)


def _failed(unit: Unit, run: Run, task: Task, retry: Retry) -> tuple[Run, Task]:
    at = next_try(retry, run.attempt, run.run_id, unit.now)
    if at is not None:
        return replace(run, retry_at=at), _given_back(unit, task, run, {"defer_until": at})
    reason = f"It failed {run.attempt} times, the last time: {run.reason or 'no reason was given'}"
    return replace(run, gave_up=True), move(unit, task, BLOCKED, reason=reason)


def _stopped(unit: Unit, run: Run, task: Task, _retry: Retry) -> tuple[Run, Task]:
    return run, _given_back(unit, task, run)


_SETTLED: Final = {SUCCEEDED: _completed, FAILED: _failed, STOPPED: _stopped}


def _given_back(unit: Unit, task: Task, run: Run, changes: dict[str, Any] | None = None) -> Task:
    return give_back(unit, task, {"run": run.run_id, "reason": run.reason or run.state}, changes)


def cancel(unit: Unit, request: CancelRun) -> RunAnswer:
    """End a run, whoever's it is; its worker notices at its next sign of life, and kills the command.

    Raises Conflict for a run that has ended, and TransitionRefused where the workflow lets no task be held.
    """
    check_text("reason", request.reason, 2_000)
    entity = find_run(unit, request.run_id)
    run = as_seen(unit, [run_of(entity)])[0]
    task = unit.task(run.task_id)
    unit.writable_project(task.project_id)
    if run.state != RUNNING:
        raise Conflict(
            f"The run {run.run_id} is {run.state} already.", run_id=run.run_id, state=run.state,
            next=f"Look at it with 'vespera run status {run.run_id}'.",
        )  # fmt: skip
    said = f"The run was cancelled by {unit.caller.actor}" + (f": {request.reason}" if request.reason else ".")
    run = replace(run, state=CANCELLED, reason=said, ended_at=unit.now)
    task = _given_back(unit, task, run) if request.requeue else move(unit, task, BLOCKED, reason=said)
    unit.put_entity(entity, entity_of(run), "run.cancelled")
    return RunAnswer(run=run, task=task)
