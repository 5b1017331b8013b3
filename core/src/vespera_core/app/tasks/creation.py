"""Creation: one task, or a whole tree in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vespera_core.app.answers import CreateAnswer, TasksAnswer
from vespera_core.app.requests import CreateTask, CreateTasks, PlannedTask
from vespera_core.app.rules.cycles import check_added
from vespera_core.app.rules.ids import new_id
from vespera_core.app.rules.knots import all_cycles
from vespera_core.app.unit import Unit
from vespera_core.errors import CycleRefused, DuplicateId, EvidenceNeeded, InvalidInput
from vespera_core.model.basics import check_id
from vespera_core.model.graph import Edge
from vespera_core.model.task import CHILD_OF, DEPENDS_ON, Relation, Task, parse_priority
from vespera_core.model.workflow import BLOCKED, COMPLETED, IN_PROGRESS
from vespera_core.ports.access import LOCAL_ORIGINS


def create_task(unit: Unit, request: CreateTask) -> CreateAnswer:
    """Make one task."""
    parent_id = None if request.parent_id is None else unit.task(request.parent_id).task_id
    depends_on = [unit.task(one).task_id for one in request.depends_on]
    relations = [Relation(kind, unit.task(target).task_id) for kind, target in request.relations]
    relations.extend(Relation(DEPENDS_ON, one) for one in depends_on)
    project_id = unit.writable_project(_project_of(unit, request, parent_id)).project_id
    task_id = request.task_id if request.task_id is not None else _fresh_id(unit, project_id)
    task = _built(unit, request, project_id, parent_id, relations, task_id)
    if parent_id is not None and task.relations:
        check_added(unit.reader, edges_of(task))
    while True:
        try:
            return CreateAnswer(unit.insert(task))
        except DuplicateId:
            if request.task_id is not None:
                raise
            task = task.evolve(task_id=_fresh_id(unit, task.project_id))


def _fresh_id(unit: Unit, project_id: str) -> str:
    return new_id(project_id, unit.work.tail(project_id).seq)


def _project_of(unit: Unit, request: CreateTask, parent_id: str | None) -> str:
    if request.project_id is not None:
        return request.project_id
    if parent_id is not None and (parent := unit.reader.task(parent_id)) is not None:
        return parent.project_id
    return default_project(unit)


def default_project(unit: Unit) -> str:
    """The workspace's first project: where tasks go that name none."""
    if unit.default_project is None:
        raise InvalidInput("This store has no project yet.", next="Make one with 'vespera project create ID'.")
    return unit.default_project


def edges_of(task: Task) -> list[Edge]:
    """The arrows that start at a task."""
    edges = [Edge(task.task_id, relation.kind, relation.target) for relation in task.relations]
    return edges if task.parent_id is None else [*edges, Edge(task.task_id, CHILD_OF, task.parent_id)]


def _built(
    unit: Unit, request: CreateTask, project_id: str, parent_id: str | None, relations: Sequence[Relation], task_id: str
) -> Task:
    unit.writable_project(project_id)
    unit.check_role(request.role)
    status = request.status
    closed = unit.workflow(project_id).category(status) == "closed"
    if status == COMPLETED and (unit.caller.role is not None or unit.caller.origin not in LOCAL_ORIGINS):
        _check_evidence(unit, request, project_id)
    return Task(
        task_id=task_id,
        project_id=project_id,
        title=request.title,
        description=request.description,
        type=request.type,
        status=status,
        priority=parse_priority(request.priority),
        parent_id=parent_id,
        role=request.role,
        assignee=request.assignee,
        acceptance_criteria=request.acceptance_criteria,
        notes=request.notes,
        tags=tuple(dict.fromkeys(request.tags)),
        metadata=request.metadata,
        due_at=request.due_at,
        defer_until=request.defer_until,
        estimate_minutes=request.estimate_minutes,
        external_ref=request.external_ref,
        created_at=unit.now,
        created_by=unit.caller.actor,
        updated_at=unit.now,
        started_at=unit.now if status in (IN_PROGRESS, COMPLETED) else None,
        closed_at=unit.now if closed else None,
        closed_by=unit.caller.actor if closed else None,
        block_reason="" if status == BLOCKED else None,
        relations=tuple(sorted(set(relations))),
    )


def _check_evidence(unit: Unit, request: CreateTask, project_id: str) -> None:
    """Raise EvidenceNeeded where completing the task would need more than a word.

    Whoever has the workspace's files and works in no role may record what was done elsewhere, as an import does.
    """
    from vespera_core.model.evidence import SAID, needed, reaches

    wanted = needed(unit.workflow(project_id).evidence, request.type)
    if not reaches(SAID, wanted):
        raise EvidenceNeeded(
            f"A {request.type} of the project {project_id} needs evidence of the level {wanted!r} to be completed, and "
            f"one that is made as completed has none.",
            needed=wanted, level=SAID, next="Make it without a status, and complete it when there is evidence.",
        )  # fmt: skip


class _Placed(NamedTuple):
    """A planned task with the place it gets."""

    plan: PlannedTask
    project_id: str
    parent_id: str | None
    task_id: str


def create_tasks(unit: Unit, request: CreateTasks) -> TasksAnswer:
    """Make many tasks that may name each other, or none of them."""
    plans = _placed(unit, request.tasks)
    names = _named(plans)
    tasks = [_planned(unit, placed, names) for placed in plans]
    _refuse_cycles(unit, tasks)
    unit.insert_many(tasks)
    return TasksAnswer(tuple(tasks))


def _placed(unit: Unit, plans: Sequence[PlannedTask]) -> list[_Placed]:
    """Every task of the trees, parents before children, with its project and its id."""
    placed: list[_Placed] = []
    taken: set[str] = set()
    waiting: list[tuple[PlannedTask, _Placed | None]] = [(plan, None) for plan in reversed(plans)]
    while waiting:
        plan, above = waiting.pop()
        if plan.if_similar is not None:
            raise InvalidInput("if_similar is for a single task, not for a tree of them.", field="if_similar")
        project_id = plan.project_id or (above.project_id if above else _project_of_plan(unit, plan))
        task_id = check_id("task_id", plan.task_id) if plan.task_id is not None else _untaken(unit, project_id, taken)
        taken.add(task_id)
        placed.append(_Placed(plan, project_id, above.task_id if above else None, task_id))
        waiting.extend((child, placed[-1]) for child in reversed(plan.children))
    return placed


def _project_of_plan(unit: Unit, plan: PlannedTask) -> str:
    known = unit.reader.task(plan.parent_id) if plan.parent_id is not None else None
    return known.project_id if known is not None else default_project(unit)


def _untaken(unit: Unit, project_id: str, taken: set[str]) -> str:
    while True:
        task_id = new_id(project_id, unit.work.tail(project_id).seq + len(taken))
        if task_id not in taken and unit.reader.task(task_id) is None:
            return task_id


def _named(plans: Sequence[_Placed]) -> dict[str, str]:
    """The id behind every name that the new tasks may use for each other: their keys and their own ids."""
    names: dict[str, str] = {}
    for placed in plans:
        for name in dict.fromkeys((placed.task_id, placed.plan.key)):
            if name is not None and name in names:
                raise DuplicateId(f"The name {name!r} stands for two of the new tasks.", task_id=name)
            if name is not None:
                names[name] = placed.task_id
    return names


def _planned(unit: Unit, placed: _Placed, names: dict[str, str]) -> Task:
    def found(reference: str) -> str:
        return names[reference] if reference in names else unit.task(reference).task_id

    plan = placed.plan
    relations = [Relation(DEPENDS_ON, found(one)) for one in plan.depends_on]
    relations.extend(Relation(kind, found(target)) for kind, target in plan.relations)
    parent_id = placed.parent_id
    if parent_id is None and plan.parent_id is not None:
        parent_id = found(plan.parent_id)
    return _built(unit, plan, placed.project_id, parent_id, relations, placed.task_id)


def _refuse_cycles(unit: Unit, tasks: Sequence[Task]) -> None:
    """New tasks are only reached through each other, so a circle lies in their own arrows or leads through a parent."""
    edges = [edge for task in tasks for edge in edges_of(task)]
    for cycle, _ in all_cycles(edges):
        raise CycleRefused(f"These tasks would wait for each other: {' -> '.join(cycle)}.", cycle=cycle)
    new = {task.task_id for task in tasks}
    outward = [edge for edge in edges if edge.kind == CHILD_OF and edge.target not in new]
    if outward:
        check_added(unit.reader, edges)
