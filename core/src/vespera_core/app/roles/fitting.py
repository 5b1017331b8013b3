"""Fitting: what stands against a worker holding a task, decided in the transaction that is about to give it.

Judged are the rules that the ledger itself can judge. Plugins are asked when a task is assigned, and not here: what
they say may take long, and nothing of theirs runs within a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from vespera_core.app.approvals.holding import unapproved
from vespera_core.app.roles.answers import Violation
from vespera_core.app.roles.capacity import has_place, reached
from vespera_core.app.roles.catalogue import Catalogue
from vespera_core.app.roles.checking import unfit, violations
from vespera_core.app.roles.waiving import waived_rules
from vespera_core.app.session import Session
from vespera_core.app.unit import Unit
from vespera_core.errors import AssignmentRefused, CapacityReached, RoleFault, VesperaError
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task

_GROWTH: Final = 32
_LARGEST_PAGE: Final = 500


def refusal(unit: Unit, task: Task) -> VesperaError | None:
    """What stands against a worker holding a task now, as the error to raise; None where nothing does."""
    return Fitting(unit).refusals((task,))[0]


def objections(session: Session, catalogue: Catalogue, task: Task) -> list[Violation]:
    """What stands against a worker holding a task now, for who only wants to know."""
    if not catalogue.in_force:
        return []
    name = task.role or str(session.caller.role)
    if (foreign := _foreign(session, task)) is not None:
        return [foreign]
    waived = waived_rules(session.reader, (task,)).get(task.task_id, ())
    return [one for one in violations(session, catalogue, task, name) if one.rule not in waived]


def first_fit(unit: Unit, query: TaskQuery, *, asked: bool) -> Task | None:
    """The first task of a query that a worker may hold, looked for page by page, each larger than the one before.

    A role without a place left is left out as a whole. A role that cannot be used is passed over; where it was `asked`
    for, RoleFault is raised.
    """
    fitting = Fitting(unit)
    query = fitting.narrowed(query)
    while True:
        page = unit.reader.select(query)
        for task, error in zip(page.items, fitting.refusals(page.items), strict=True):
            if error is None:
                return task
            if asked and isinstance(error, RoleFault):
                raise error
        if page.next_cursor is None:
            return None
        query = replace(
            fitting.narrowed(query), cursor=page.next_cursor, limit=min(query.limit * _GROWTH, _LARGEST_PAGE)
        )


class Fitting:
    """Judges the candidates of one claim. What several of them need is read once, and for a page of them together."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._catalogue = unit.roles()
        self._places: dict[str, bool] = {}
        self._above: dict[str, Task] = {}

    def narrowed(self, query: TaskQuery) -> TaskQuery:
        """The query without the roles that have no place left, and without those that the caller does not work in."""
        others = set(query.without_roles) | {name for name, place in self._places.items() if not place}
        if self._catalogue is not None and self._unit.caller.role is not None:
            others |= {name for name in self._catalogue.roles if name != self._unit.caller.role}
        return replace(query, without_roles=tuple(sorted(others)))

    def refusals(self, tasks: Sequence[Task]) -> list[VesperaError | None]:
        """For each task what stands against it, or None."""
        if self._catalogue is None:
            return [None] * len(tasks)
        self._read_above(self._catalogue, tasks)
        errors = [self._unfit(self._catalogue, task) for task in tasks]
        unlike = [task for task, error in zip(tasks, errors, strict=True) if isinstance(error, AssignmentRefused)]
        waived = waived_rules(self._unit.reader, unlike)
        held = unapproved(self._unit, self._catalogue, tasks)
        return [
            self._left(task, error, waived.get(task.task_id, ())) or held.get(task.task_id) or self._full(task)
            for task, error in zip(tasks, errors, strict=True)
        ]

    def _unfit(self, catalogue: Catalogue, task: Task) -> VesperaError | None:
        name = self._unit.caller.role if task.role is None else task.role
        if name is None:
            return None
        if (foreign := _foreign(self._unit, task)) is not None:
            return _refused(task, name, [foreign])
        try:
            found = unfit(catalogue, task, name, self._depth)
        except RoleFault as error:
            return error
        return _refused(task, name, found) if found else None

    def _read_above(self, catalogue: Catalogue, tasks: Sequence[Task]) -> None:
        """Read what stands above tasks, level by level; only where a role limits the depth."""
        if all(role.restrictions.max_task_depth is None for role in catalogue.roles.values()):
            return
        wanted = {str(task.parent_id) for task in tasks if task.parent_id}
        while wanted := wanted - self._above.keys():
            found = self._unit.reader.tasks(sorted(wanted))
            self._above |= found
            wanted = {str(one.parent_id) for one in found.values() if one.parent_id}

    def _depth(self, task: Task) -> int:
        levels, seen = 0, {task.task_id}
        while task.parent_id in self._above and task.parent_id not in seen:
            task = self._above[task.parent_id]
            seen.add(task.task_id)
            levels += 1
        return levels

    def _left(self, task: Task, error: VesperaError | None, waived: Iterable[str]) -> VesperaError | None:
        """What is left of a refusal where a person passed over some of its rules."""
        rules = set(waived)
        if not rules or not isinstance(error, AssignmentRefused):
            return error
        found = [Violation(**one) for one in error.details["violations"] if one["rule"] not in rules]
        return _refused(task, str(task.role), found) if found else None

    def _full(self, task: Task) -> CapacityReached | None:
        if task.role is None:
            return None
        if task.role not in self._places:
            self._places[task.role] = has_place(self._unit, task.role)
        return None if self._places[task.role] else reached(self._unit, task)


def _foreign(session: Session, task: Task) -> Violation | None:
    """What it says where a task is of another role than the one that the caller works in."""
    caller = session.caller
    if caller.role is None or task.role in (None, caller.role):
        return None
    return Violation(rule="role", message=f"It is for the role {task.role}, and {caller.actor} works as {caller.role}.")


def _refused(task: Task, role: str, found: list[Violation]) -> AssignmentRefused:
    return AssignmentRefused(
        f"A worker of the role {role} must not hold {task.task_id}: {' '.join(one.message for one in found)}",
        task_id=task.task_id, role=role, violations=[{"rule": one.rule, "message": one.message} for one in found],
        next=f"Take other work with 'vespera claim', or see which roles fit: 'vespera role suitable --task "
             f"{task.task_id}'.",
    )  # fmt: skip
