"""Editing: new values for the fields of tasks, a place elsewhere in the tree, remarks."""

from __future__ import annotations

from typing import Any, Final

from vespera_core.app.answers import CommentAnswer, MovedAnswer
from vespera_core.app.requests import AddComment, UpdateTasks
from vespera_core.app.rules.cycles import check_added
from vespera_core.app.rules.reasons import ancestors
from vespera_core.app.tasks.statuses import move
from vespera_core.app.unit import Unit
from vespera_core.errors import CycleRefused, InvalidInput
from vespera_core.model.basics import MAX_TEXT, UNSET, Unset, check_text
from vespera_core.model.graph import Edge
from vespera_core.model.task import CHILD_OF, Task, parse_priority
from vespera_core.ports.format import Comment

_PLAIN: Final = (
    "title", "description", "type", "role", "assignee", "acceptance_criteria", "notes", "metadata", "due_at",
    "defer_until", "estimate_minutes", "external_ref",
)  # fmt: skip


def update_tasks(unit: Unit, request: UpdateTasks) -> MovedAnswer:
    """Give tasks new values: all of them, or none."""
    if not request.task_ids:
        raise InvalidInput("No task was named.", field="task_ids")
    changed = []
    for task in unit.tasks(request.task_ids):
        unit.guard(task, request.fence)
        unit.expect(task, request.expected_version)
        changed.append(_update_one(unit, task, request))
    unit.finish()
    return MovedAnswer(tuple(changed), tuple(unit.ripple.unblocked(unit.now)))


def _update_one(unit: Unit, task: Task, request: UpdateTasks) -> Task:
    changes = _changes(task, request)
    unit.check_role(changes.get("role"), task)
    status = request.status
    if status is not UNSET and status != task.status:
        task = move(unit, task, str(status), force=request.force, other=changes)
    elif changes:
        task = unit.record(task, "task.updated", changes)
    if request.parent_id is not UNSET:
        task = reparent(unit, task, None if not request.parent_id else str(request.parent_id))
    return task


def _changes(task: Task, request: UpdateTasks) -> dict[str, Any]:
    changes = {name: value for name in _PLAIN if (value := getattr(request, name)) is not UNSET}
    if request.priority is not UNSET:
        changes["priority"] = parse_priority(request.priority)
    if request.tags is not UNSET or request.add_tags or request.remove_tags:
        base = task.tags if isinstance(request.tags, Unset) else request.tags
        tags = dict.fromkeys([*base, *request.add_tags])
        changes["tags"] = tuple(tag for tag in tags if tag not in request.remove_tags)
    return changes


def reparent(unit: Unit, task: Task, reference: str | None) -> Task:
    """Hang a task elsewhere in the tree, or nowhere; refused below itself and where it would wait for itself."""
    parent = None if reference is None else unit.task(reference)
    parent_id = None if parent is None else parent.task_id
    if parent_id == task.parent_id:
        return task
    if parent is not None:
        _refuse_own_subtree(unit, task, parent)
        gone = [] if task.parent_id is None else [Edge(task.task_id, CHILD_OF, task.parent_id)]
        check_added(unit.reader, [Edge(task.task_id, CHILD_OF, parent.task_id)], gone)
    return unit.record(task, "task.moved", {"parent_id": parent_id})


def _refuse_own_subtree(unit: Unit, task: Task, parent: Task) -> None:
    path = [parent.task_id]
    if parent.task_id != task.task_id:
        path.extend(above.task_id for above in ancestors(unit, parent))
    if task.task_id in path:
        cycle = [*path[: path.index(task.task_id) + 1], parent.task_id]
        raise CycleRefused(
            f"{task.task_id} cannot hang below itself: {' -> '.join(cycle)}.", cycle=cycle,
            next=f"Run 'vespera tree {task.task_id}' to see what hangs below it.",
        )  # fmt: skip


def comment(unit: Unit, request: AddComment) -> CommentAnswer:
    """Add a remark. Anybody may, whoever holds the task."""
    task = unit.task(request.task_id)
    unit.writable_project(task.project_id)
    text = check_text("text", request.text, MAX_TEXT, empty=False)
    if task.lease_owner == unit.caller.actor:
        unit.guard(task)
    unit.record(task, "task.commented", {}, more={"text": text})
    return CommentAnswer(task.task_id, Comment(unit.now, unit.caller.actor, text))
