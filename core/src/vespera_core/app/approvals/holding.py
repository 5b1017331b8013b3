"""Holding: whether a step of a task waits for a person, decided in the transaction that is about to take it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from vespera_core.app.policy.standing import PRINCIPAL
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import ApprovalNeeded, RoleFault, UnknownRole
from vespera_core.model.entity import Entity
from vespera_core.model.query import EventQuery
from vespera_core.model.task import Task
from vespera_core.model.workflow import IN_REVIEW
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.roles.catalogue import Catalogue

KIND: Final = "approval"
EXECUTION: Final = "execution"
COMPLETION: Final = "completion"
WAITING: Final = "waiting"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"


def approval_id(task_id: str, step: str) -> str:
    """There is one for each step of a task; no task's id holds a slash."""
    return f"{task_id}/{step}"


def holds(catalogue: Catalogue | None, task: Task, step: str) -> bool:
    """Whether the role of a task holds a step. A role that cannot be read holds none: it lets nobody work either."""
    if catalogue is None or task.role is None:
        return False
    try:
        return step in catalogue.get(task.role).restrictions.require_approval
    except (UnknownRole, RoleFault):
        return False


# ---------------------------------------------------------------- execution


def unapproved(session: Session, catalogue: Catalogue, tasks: Sequence[Task]) -> dict[str, ApprovalNeeded]:
    """By task what stands against a worker holding it, where a person has not approved that."""
    held = [task for task in tasks if holds(catalogue, task, EXECUTION)]
    if not held:
        return {}
    found = session.reader.entities(KIND, [approval_id(task.task_id, EXECUTION) for task in held])
    known = {entity.owner: entity for entity in found}
    return {
        task.task_id: _needed(task, EXECUTION)
        for task in held
        if not counts(session.reader, known.get(task.task_id), task)
    }


def counts(reader: Reader, approval: Entity | None, task: Task) -> bool:
    """Whether an execution was approved: for the role that the task has now, and since it was last reopened."""
    if approval is None or approval.state != APPROVED or approval.data["role"] != task.role:
        return False
    last = EventQuery(entity=task.task_id, kinds=("task.reopened",), newest_first=True, limit=1)
    return all(event.at <= approval.updated_at for event in reader.events(last))


# ---------------------------------------------------------------- completion


def check_completion(unit: Unit, task: Task) -> None:
    """Raise ApprovalNeeded where this caller's completion of a task waits for a person."""
    if task.role is None or not holds(unit.roles(), task, COMPLETION):
        return
    known = unit.reader.entity(KIND, approval_id(task.task_id, COMPLETION))
    if known is not None and known.state == APPROVED and known.data["fence"] == task.fence:
        return
    if not is_person(unit) or _is_worker(unit, task):
        raise _needed(task, COMPLETION)


def _is_worker(unit: Unit, task: Task) -> bool:
    """Whether the caller did the work: whoever holds it, or held it last, as workers do."""
    if task.hold_kind is not None:
        return task.hold_kind == "worker"
    last = EventQuery(entity=task.task_id, kinds=("task.claimed",), newest_first=True, limit=1)
    return any(
        event.actor == unit.caller.actor and event.payload["changes"]["hold_kind"][1] == "worker"
        for event in unit.reader.events(last)
    )


def is_person(session: Session) -> bool:
    """Whether a person calls: nobody who works in a role, or is registered as something else."""
    if session.caller.role is not None:
        return False
    principal = session.reader.entity(PRINCIPAL, session.caller.actor)
    return principal is None or principal.data["kind"] == "person"


def ask_for_completion(unit: Unit, task: Task, reason: str | None) -> None:
    """Record that the work under the present claim of a task waits to be approved."""
    name = approval_id(task.task_id, COMPLETION)
    old = unit.reader.entity(KIND, name)
    data = {
        "step": COMPLETION, "role": task.role, "fence": task.fence, "asked_by": unit.caller.actor,
        "reason": reason or "",
    }  # fmt: skip
    new = Entity(KIND, name, task.project_id) if old is None else old
    unit.put_entity(old, replace(new, owner=task.task_id, state=WAITING, data=data), "approval.requested")


def awaits_completion(approval: Entity | None, task: Task) -> bool:
    """Whether the work that a task stands for now, and no earlier attempt at it, waits to be approved."""
    return (
        approval is not None
        and approval.state == WAITING
        and task.status == IN_REVIEW
        and approval.data["fence"] == task.fence
    )


def awaited(session: Session, catalogue: Catalogue, task: Task) -> Iterator[ApprovalNeeded]:
    """What of a task waits for a person now, for who only wants to know."""
    if awaits_completion(session.reader.entity(KIND, approval_id(task.task_id, COMPLETION)), task):
        yield _needed(task, COMPLETION)
    elif session.category(task) == "todo":
        yield from unapproved(session, catalogue, (task,)).values()


def _needed(task: Task, step: str) -> ApprovalNeeded:
    return ApprovalNeeded(
        f"The {step} of {task.task_id} waits for a person: the role {task.role} does not do it unapproved.",
        task_id=task.task_id, role=task.role, step=step,
        next=f"Ask a person to look at it and run 'vespera approval approve {task.task_id}'; meanwhile take other work "
             f"with 'vespera claim'.",
    )  # fmt: skip
