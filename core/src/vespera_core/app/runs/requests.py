"""Requests of this room."""

from __future__ import annotations

from typing import Any

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Retry(_Request):
    """How often a task is tried, and how long it rests after a failure: `first` seconds, doubling up to `longest`.

    `losses` is how many leases in a row may run out, each with its worker, before a person has to look at the task.
    """

    attempts: int = 3
    first: float = 10.0
    longest: float = 3600.0
    losses: int = 5


@record(frozen=True, slots=True, kw_only=True)
class StartRun(_Request):
    """A task to be worked on: the named one, or the most urgent ready one that fits, which is claimed with it.

    `fence` uses the claim that the caller has on the named task already. `executor` says how it is run: ``manual``
    hands it to the caller with a briefing of `budget` tokens, ``command`` notes what a worker runs. A task that is not
    named and has been lost with its workers too often, by `retry` (None: the defaults), is held for a person instead.
    """

    task_id: str | None = None
    role: str | None = None
    project_id: str | None = None
    type: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    executor: str = "manual"
    command: tuple[str, ...] = ()
    lease_seconds: int = 900
    fence: int | None = None
    budget: int = 2000
    retry: Retry | None = None


@record(frozen=True, slots=True, kw_only=True)
class RunRef(_Request):
    """A run by its id, or the newest run of a task by the task's id."""

    run_id: str


@record(frozen=True, slots=True, kw_only=True)
class RunProgress(RunRef):
    """How far a run is: a share from 0 to 1, a remark, or both. `fence` is that of its claim."""

    fence: int | None = None
    progress: float | None = None
    note: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class FinishRun(RunRef):
    """How a run ended: ``succeeded``, ``failed``, or ``stopped`` before its end, which costs no attempt.

    `command` and `exit_code` are evidence. `output` is what the command wrote; its end is kept. `checkpoint` joins
    what the next worker finds. `retry` None takes the defaults.
    """

    outcome: str
    fence: int | None = None
    reason: str = ""
    command: str = ""
    exit_code: int | None = None
    signal: int | None = None
    output: str = ""
    checkpoint: dict[str, Any] | None = None
    retry: Retry | None = None


@record(frozen=True, slots=True, kw_only=True)
class CancelRun(RunRef):
    """A run to be ended. Its task is held for a person to look at, or with `requeue` given back to the queue."""

    reason: str = ""
    requeue: bool = False


@record(frozen=True, slots=True, kw_only=True)
class ListRuns(_Request):
    """Runs, newest first: of a task, a project, a role, in a state. `limit` 0 asks for all."""

    task_id: str | None = None
    project_id: str | None = None
    role: str | None = None
    state: tuple[str, ...] = ()
    limit: int = 50
