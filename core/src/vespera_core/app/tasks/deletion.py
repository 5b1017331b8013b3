"""Deletion: marking tasks as gone, a whole branch at a time, and bringing a branch back."""

from __future__ import annotations

from vespera_core.app.answers import DeleteAnswer, RestoreAnswer
from vespera_core.app.requests import DeleteTask, TaskRef
from vespera_core.app.session import Session
from vespera_core.app.tasks.claims import NO_HOLD
from vespera_core.app.unit import Unit
from vespera_core.errors import Conflict, HasChildren, Refused
from vespera_core.model.event import event_id
from vespera_core.model.task import CHILD_OF, Task


def branch(session: Session, root: Task) -> list[Task]:
    """A task and everything below it, deleted ones included, parents before children."""
    found = [root]
    frontier = [root.task_id]
    seen = {root.task_id}
    while frontier:
        edges = session.reader.edges(frontier, incoming=True)
        frontier = sorted({edge.source for edge in edges if edge.kind == CHILD_OF} - seen)
        seen.update(frontier)
        found.extend(session.reader.tasks(frontier).values())
    return found


def delete(unit: Unit, request: DeleteTask) -> DeleteAnswer:
    """Delete a task softly, with everything below it where that is asked for. A dry run changes nothing.

    Raises HasChildren, Conflict where the caller confirmed another number of tasks, and what a guarded write raises.
    """
    root = unit.task(request.task_id)
    unit.expect(root, request.expected_version)
    live = [task for task in branch(unit, root) if task.deleted_at is None]
    if len(live) > 1 and not request.recursive and not request.dry_run:
        raise HasChildren(
            f"{root.task_id} has {len(live) - 1} live tasks below it; nothing was deleted.",
            task_id=root.task_id, below=[task.task_id for task in live[1:]],
            next=f"Look at them with 'vespera tree {root.task_id}'; --recursive means all of them.",
        )  # fmt: skip
    if request.confirm is not None and request.confirm != len(live):
        raise Conflict(
            f"{request.confirm} tasks were confirmed, and {len(live)} would be deleted; nothing was.",
            task_id=root.task_id, count=len(live), next=f"Look at them with 'vespera tree {root.task_id}'.",
        )  # fmt: skip
    if request.dry_run:
        return DeleteAnswer(tuple(task.task_id for task in live), dry_run=True)
    batch = event_id(unit.now)
    for task in reversed(live):
        unit.guard(task, request.fence if task is root else None)
        changes = {"deleted_at": unit.now, "delete_batch": batch, **NO_HOLD}
        if task.hold_kind is not None:
            changes["status"] = "pending"
        unit.record(task, "task.deleted", changes)
    return DeleteAnswer(tuple(task.task_id for task in live))


def restore(unit: Unit, request: TaskRef) -> RestoreAnswer:
    """Bring back a deleted task with everything that was deleted together with it."""
    task = unit.task(request.task_id, deleted=True)
    if task.deleted_at is None:
        return RestoreAnswer(())
    unit.writable_project(task.project_id)
    root = _root_of_batch(unit, task)
    gone = [one for one in branch(unit, root) if one.delete_batch == root.delete_batch and one.deleted_at is not None]
    for one in gone:
        unit.record(one, "task.restored", {"deleted_at": None, "delete_batch": None})
    return RestoreAnswer(tuple(one.task_id for one in gone))


def _root_of_batch(unit: Unit, task: Task) -> Task:
    while task.parent_id is not None and (parent := unit.reader.task(task.parent_id)) is not None:
        if parent.deleted_at is None:
            break
        if parent.delete_batch != task.delete_batch:
            raise Refused(
                f"{task.task_id} hangs below {parent.task_id}, which is deleted too.", task_id=task.task_id,
                next=f"Bring that one back first: 'vespera restore {parent.task_id}'.",
            )  # fmt: skip
        task = parent
    return task
