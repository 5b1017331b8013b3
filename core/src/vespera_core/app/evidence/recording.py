"""Adding evidence, looking at it, and judging whether it is enough.

What counts is what was added since the task was last claimed or reopened: earlier evidence is of earlier work. Each
level is an operation of its own, so that a policy may give a worker the first and CI the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vespera_core.app.answers import TaskAnswer
from vespera_core.app.evidence.answers import EvidenceAnswer, Item
from vespera_core.app.evidence.requests import AddEvidence
from vespera_core.app.requests import TaskRef
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import EvidenceNeeded
from vespera_core.model.evidence import (
    LEVELS,
    PROVED,
    RAN,
    SAID,
    SEEN,
    Evidence,
    check_evidence,
    needed,
    payload,
    reaches,
)
from vespera_core.model.query import EventQuery
from vespera_core.model.task import Task

KIND: Final = "task.evidence"
_FRESH: Final = ("task.claimed", "task.reopened")


def ran(unit: Unit, request: AddEvidence) -> TaskAnswer:
    """Somebody ran a command, and says how it ended."""
    return _added(unit, request, RAN)


def seen(unit: Unit, request: AddEvidence) -> TaskAnswer:
    """A program saw itself how the command ended: a hook of the client, or a worker."""
    return _added(unit, request, SEEN)


def proved(unit: Unit, request: AddEvidence) -> TaskAnswer:
    """Continuous integration proved it; `source` says where."""
    return _added(unit, request, PROVED)


def _added(unit: Unit, request: AddEvidence, level: str) -> TaskAnswer:
    task = unit.task(request.task_id)
    if level == RAN:
        unit.guard(task, request.fence)
    else:
        unit.writable_project(task.project_id)  # CI holds no task
    found = Evidence(
        level=level, command=request.command, exit_code=request.exit_code, source=request.source, note=request.note
    )
    return TaskAnswer(record_evidence(unit, task, found))


def record_evidence(unit: Unit, task: Task, found: Evidence) -> Task:
    """Write a piece of evidence into the log, in a unit that may do more. Raises InvalidInput."""
    return unit.record(task, KIND, {}, more={"evidence": payload(check_evidence(found))})


def evidence_of(session: Session, request: TaskRef) -> EvidenceAnswer:
    """What speaks for a task."""
    task = session.task(request.task_id, deleted=True)
    items = tuple(_items(session, task))
    return EvidenceAnswer(
        task_id=task.task_id,
        level=_level(items),
        needed=needed(session.workflow(task.project_id).evidence, task.type),
        items=items,
    )


def check_enough(session: Session, task: Task) -> str:
    """The level that a task reaches. Raises EvidenceNeeded where its project asks for more."""
    wanted = needed(session.workflow(task.project_id).evidence, task.type)
    level = _level(tuple(_items(session, task, counting=True)))
    if not reaches(level, wanted):
        raise EvidenceNeeded(
            f"{task.task_id} is a {task.type}: completing it needs evidence of the level {wanted!r}; it has {level!r}.",
            task_id=task.task_id, needed=wanted, level=level, next=_STEPS[wanted].format(task.task_id),
        )  # fmt: skip
    return level


_STEPS: Final = {
    RAN: "Run its tests, then 'vespera evidence add {} --command CMD --exit-code N'.",
    SEEN: "Let a worker or the client's hook run the tests: 'vespera evidence list {}' shows what they saw.",
    PROVED: "Wait until CI has said so: 'vespera evidence list {}' shows it.",
}


def _items(session: Session, task: Task, *, counting: bool = False) -> Iterator[Item]:
    """The pieces, newest first; with `counting` only those that count."""
    counts = True
    query = EventQuery(entity=task.task_id, kinds=(KIND, *_FRESH), newest_first=True)
    for event in session.reader.events(query):
        if event.kind == KIND:
            found = Evidence(**event.payload["evidence"])
            yield Item(seq=event.seq, at=event.at, actor=event.actor, evidence=found, counts=counts)
        else:
            counts = False
            if counting:
                return


def _level(items: tuple[Item, ...]) -> str:
    """The best level that still holds: a command that failed later takes away what it proved before."""
    judged: dict[str, bool] = {}
    for one in items:
        if one.counts:
            judged.setdefault(f"{one.evidence.level} {one.evidence.command}", one.evidence.holds)
    good = [name.split(" ", 1)[0] for name, holds in judged.items() if holds]
    return max(good, key=LEVELS.index, default=SAID)
