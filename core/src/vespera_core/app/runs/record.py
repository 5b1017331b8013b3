"""The run as a value, and as the entity that the store keeps of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from vespera_core.app.session import Session
from vespera_core.errors import NotFound
from vespera_core.model.basics import EPOCH, Micros
from vespera_core.model.entity import Entity
from vespera_core.model.record import record
from vespera_core.model.task import Task

KIND: Final = "run"
RUNNING, SUCCEEDED, FAILED, CANCELLED, LOST = STATES = ("running", "succeeded", "failed", "cancelled", "lost")
"""A run that lost its claim, because its worker died or was cut off, is lost: somebody else goes on."""

MAX_LOG: Final = 4_000
"""Characters of a command's output that its run keeps: the last ones."""


@record(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt at a task, under one claim: `fence` is that of the claim, so there is one run a claim.

    `attempt` counts the attempts that failed or were lost since the task last got a fresh start, and `losses` the
    leases that ran out in a row before this one. `progress` is a share from 0 to 1. `evidence` holds kind, exit_code,
    command and at. `retry_at` is when a failed one may be tried again, and `gave_up` is set where it was the last
    attempt.
    """

    run_id: str
    task_id: str
    project_id: str
    state: str = RUNNING
    actor: str = ""
    role: str | None = None
    executor: str = ""
    command: tuple[str, ...] = ()
    attempt: int = 1
    losses: int = 0
    fence: int = 0
    progress: float | None = None
    note: str = ""
    exit_code: int | None = None
    signal: int | None = None
    reason: str = ""
    log_tail: str = ""
    evidence: dict[str, Any] | None = None
    gave_up: bool = False
    started_at: Micros = EPOCH
    ended_at: Micros | None = None
    retry_at: Micros | None = None


_COLUMNS: Final = ("run_id", "task_id", "project_id", "state")
_DATA: Final = tuple(name for name in Run.__dataclass_fields__ if name not in _COLUMNS)
_DEFAULTS: Final = {name: Run.__dataclass_fields__[name].default for name in _DATA}


def run_id_of(task: Task) -> str:
    """The id of the run under the present claim."""
    return f"{task.task_id}.r{task.fence}"


def entity_of(run: Run) -> Entity:
    """As the store keeps it: what is not set is left out."""
    data = {name: value for name in _DATA if (value := getattr(run, name)) != _DEFAULTS[name]}
    if run.command:
        data["command"] = list(run.command)
    return Entity(
        kind=KIND, entity_id=run.run_id, project_id=run.project_id, owner=run.task_id, state=run.state, data=data
    )


def run_of(entity: Entity) -> Run:
    """The run that an entity keeps."""
    data = {name: value for name, value in entity.data.items() if name in _DEFAULTS}
    data["command"] = tuple(data.get("command", ()))
    return Run(run_id=entity.entity_id, task_id=entity.owner, project_id=entity.project_id, state=entity.state, **data)


def runs_of_task(session: Session, task_id: str) -> list[Entity]:
    """The runs of one task, oldest first."""
    found = session.reader.entities(KIND, owner=task_id)
    return sorted(found, key=lambda one: int(one.data["fence"]))


def find_run(session: Session, reference: str) -> Entity:
    """The run of this id, or the newest one of the task of this id or prefix. Raises NotFound or AmbiguousId."""
    found = session.reader.entity(KIND, reference)
    if found is not None:
        return found
    runs = runs_of_task(session, session.task(reference, deleted=True).task_id)
    if not runs:
        raise NotFound(
            f"Nothing has been run for {reference} yet.", task_id=reference,
            next="Run 'vespera run list' to see what has been.",
        )  # fmt: skip
    return runs[-1]


def as_seen(session: Session, runs: list[Run]) -> list[Run]:
    """Runs as they are now: one whose claim has ended without it is lost, though nobody has written that down yet."""
    going = [run.task_id for run in runs if run.state == RUNNING]
    tasks = session.reader.tasks(going) if going else {}
    return [
        replace(run, state=LOST)
        if run.state == RUNNING and not _holds(tasks.get(run.task_id), run, session.now)
        else run
        for run in runs
    ]


def _holds(task: Task | None, run: Run, now: int) -> bool:
    if task is None or task.hold_kind is None or task.fence != run.fence:
        return False
    return task.lease_until is None or task.lease_until > now
