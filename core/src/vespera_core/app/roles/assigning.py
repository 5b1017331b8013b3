"""Assigning: giving a task to a role, taking it away, and who was given what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from vespera_core.app.answers import TaskAnswer
from vespera_core.app.roles.answers import AssignAnswer, Assigned, RoleHistoryAnswer, Violation
from vespera_core.app.roles.catalogue import Catalogue, catalogue_of
from vespera_core.app.roles.checking import plugin_violations, violations
from vespera_core.app.roles.requests import AssignRole, RoleHistory, UnassignRole
from vespera_core.app.roles.waiving import waive
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import AssignmentRefused, Conflict, PermissionDenied
from vespera_core.model.basics import check_text
from vespera_core.model.event import TASK, Event
from vespera_core.model.query import EventQuery, check_limit
from vespera_core.model.record import record
from vespera_core.model.task import MAX_REASON, Task
from vespera_core.ports.access import Caller

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel

ASSIGNED: Final = "role.assigned"
UNASSIGNED: Final = "role.unassigned"
_RUNS: Final = 3


class _Moved(Exception):
    """The task that plugins judged has changed since."""


@record(frozen=True, slots=True, kw_only=True)
class Judged:
    """What plugins said against giving a task to a role, the task as they saw it, and the roles that there are."""

    task_id: str
    version: int
    said: tuple[Violation, ...]
    catalogue: Catalogue


def around_assign(
    kernel: Kernel, request: AssignRole, caller: Caller, write: Callable[[Judged], AssignAnswer]
) -> AssignAnswer:
    """Ask plugins before the transaction, and again where the task has changed meanwhile."""
    if request.force and caller.role is not None:
        raise PermissionDenied(
            f"Only a person may pass over the rules of a role; you work as {caller.role}.", action="role.write"
        )
    for _ in range(_RUNS):
        judged = _judged(kernel, request, caller)
        try:
            return write(judged)
        except _Moved:
            continue
    raise Conflict("The task changed again and again while its assignment was judged.", next="Repeat the request.")


def _judged(kernel: Kernel, request: AssignRole, caller: Caller) -> Judged:
    with kernel.storage.read() as reader:
        seen = Session(reader, caller, kernel.clock()).task(request.task_id)
    catalogue = catalogue_of(kernel)
    said = plugin_violations(kernel, catalogue, seen, request.role, caller)
    return Judged(task_id=seen.task_id, version=seen.version, said=tuple(said), catalogue=catalogue)


def assign_role(unit: Unit, request: AssignRole, judged: Judged) -> AssignAnswer:
    """Give a task to a role. Raises AssignmentRefused with every violation, unless a person forces it."""
    task = unit.task(judged.task_id)
    if task.version != judged.version:
        raise _Moved
    unit.guard(task, request.fence)
    found = [*violations(unit, judged.catalogue, task, request.role), *judged.said]
    if found and not request.force:
        raise _refusal(task, request.role, found)
    return AssignAnswer(task=_record(unit, task, request, found), forced=tuple(found))


def _record(unit: Unit, task: Task, request: AssignRole, found: list[Violation]) -> Task:
    more: dict[str, Any] = {}
    if request.reason is not None:
        more["reason"] = check_text("reason", request.reason, MAX_REASON)
    waive(unit, task, request.role, found)
    if task.role == request.role:
        return task
    if found:
        more["forced"] = [one.message for one in found]
    return unit.record(task, ASSIGNED, {"role": request.role}, more=more)


def _refusal(task: Task, role: str, found: list[Violation]) -> AssignmentRefused:
    return AssignmentRefused(
        f"{task.task_id} cannot be given to the role {role!r}: {' '.join(one.message for one in found)}",
        task_id=task.task_id, role=role,
        violations=[{"rule": one.rule, "message": one.message} for one in found],
        next=f"Run 'vespera role suitable --task {task.task_id}' to see which roles fit it.",
    )  # fmt: skip


def unassign_role(unit: Unit, request: UnassignRole) -> TaskAnswer:
    """Take the role of a task away."""
    task = unit.task(request.task_id)
    unit.guard(task, request.fence)
    more = {} if request.reason is None else {"reason": check_text("reason", request.reason, MAX_REASON)}
    if task.role is None:
        return TaskAnswer(task)
    return TaskAnswer(unit.record(task, UNASSIGNED, {"role": None}, more=more))


def role_history(session: Session, request: RoleHistory) -> RoleHistoryAnswer:
    """Who was given which role, newest first, however it was done."""
    entity = None if request.task_id is None else session.task(request.task_id, deleted=True).task_id
    limit = check_limit(request.limit)
    found: list[Assigned] = []
    for one in _assignments(session, entity):
        if request.role in (None, one.role, one.was):
            found.append(one)
            if limit and len(found) == limit:
                break
    return RoleHistoryAnswer(items=tuple(found))


def _assignments(session: Session, entity: str | None) -> Iterator[Assigned]:
    for event in session.reader.events(EventQuery(entity=entity, newest_first=True)):
        if event.entity_type == TASK and (pair := _pair(event)) is not None:
            yield Assigned(
                seq=event.seq, at=event.at, actor=event.actor, task_id=event.entity, was=pair[0], role=pair[1],
                forced=tuple(event.payload.get("forced", ())) if event.kind == ASSIGNED else (),
            )  # fmt: skip


def _pair(event: Event) -> tuple[str | None, str | None] | None:
    """The role before and after an event; None where it changed no role."""
    if event.kind == "task.created":
        role = event.payload["task"].get("role")
        return None if role is None else (None, role)
    changed = event.payload.get("changes", {}).get("role")
    return None if changed is None else (changed[0], changed[1])
