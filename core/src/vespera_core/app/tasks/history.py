"""History: what happened, how things stood, and taking a step back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from vespera_core.app.answers import HistoryAnswer, TaskDetail, UndoAnswer
from vespera_core.app.requests import DeleteTask, History, TaskRef, UndoEvent
from vespera_core.app.rules.cycles import check_added
from vespera_core.app.session import Session
from vespera_core.app.tasks.deletion import branch, restore
from vespera_core.app.tasks.editing import reparent
from vespera_core.app.tasks.statuses import move
from vespera_core.app.unit import Unit
from vespera_core.errors import NotFound, NotUndoable
from vespera_core.model.basics import Micros
from vespera_core.model.event import TASK, Event
from vespera_core.model.graph import Edge
from vespera_core.model.query import EventQuery, check_limit
from vespera_core.model.replay import fold_task, plain
from vespera_core.model.task import DEPENDS_ON, EDITABLE_FIELDS, Relation, Task
from vespera_core.model.times import rfc3339


def history(session: Session, request: History) -> HistoryAnswer:
    """Events, newest first."""
    entity = None if request.task_id is None else session.task(request.task_id, deleted=True).task_id
    limit = check_limit(request.limit)
    query = EventQuery(
        entity=entity,
        project_id=request.project_id,
        newest_first=True,
        before_seq=request.before_seq,
        limit=limit + 1 if limit else 0,
    )
    found = list(session.reader.events(query))
    more = bool(limit) and len(found) > limit
    events = tuple(found[:limit] if more else found)
    return HistoryAnswer(events, events[-1].seq if more else None)


def task_as_of(session: Session, request: TaskRef, at: Micros) -> TaskDetail:
    """One task as it was: the log's prefix up to the last event with ``at <= T``, replayed."""
    task_id = session.task(request.task_id, deleted=True).task_id
    task = replayed_task(session.reader.events(EventQuery(entity=task_id, until=at)))
    if task is None or task.deleted_at is not None:
        gone = "did not exist yet" if task is None else "was deleted"
        raise NotFound(f"{task_id} {gone} at {rfc3339(at)}.", task_id=task_id, next=f"Run 'vespera history {task_id}'.")
    return TaskDetail(task, ready=None)


def replayed_task(events: Iterable[Event]) -> Task | None:
    """The task that its events lead to; None where there are none."""
    task: Task | None = None
    for event in events:
        if event.entity_type == TASK:
            task = fold_task(task, event)
    return task


_NOT_UNDONE: Final = {
    "task.claimed": "claims are not undone: release the task instead",
    "task.released": "releases are not undone: claim the task instead",
    "task.reclaimed": "a lapsed lease stays lapsed",
    "task.commented": "remarks stay: add another one",
    "task.checkpointed": "a checkpoint is replaced by the next one",
}
_LIFE: Final = frozenset({"task.created", "task.deleted", "task.restored"})


def undo(unit: Unit, request: UndoEvent) -> UndoAnswer:
    """Take one event back through the normal rules: old values return where the present ones are still the event's."""
    event = _event(unit, request.event)
    if event.entity_type != TASK or event.kind in _NOT_UNDONE:
        because = _NOT_UNDONE.get(event.kind, "only changes of tasks are undone")
        raise NotUndoable(f"Event {event.seq} ({event.kind}) cannot be undone: {because}.", seq=event.seq)
    task = unit.task(event.entity, deleted=True)
    unit.guard(task)
    changed = _undo_life(unit, event, task) if event.kind in _LIFE else [_undo_change(unit, event, task)]
    unit.finish()
    return UndoAnswer(event.seq, event.kind, tuple(changed))


def _event(unit: Unit, reference: str) -> Event:
    if not reference.isascii():
        raise NotFound(f"There is no event {reference!r}.", next="Run 'vespera history' to see the numbers.")
    number = int(reference) if reference.isdecimal() and reference.isascii() and len(reference) < 19 else None
    query = EventQuery(event_id=reference) if number is None else EventQuery(seq=number)
    found = next(iter(unit.reader.events(query)), None)
    if found is None:
        raise NotFound(f"There is no event {reference!r}.", next="Run 'vespera history' to see the numbers.")
    return found


def _undo_life(unit: Unit, event: Event, task: Task) -> list[Task]:
    """Creating and deleting undo each other."""
    from vespera_core.app.tasks.deletion import delete

    if event.kind == "task.deleted":
        if task.deleted_at is None or task.delete_batch != event.payload["changes"]["delete_batch"][1]:
            raise NotUndoable(f"{task.task_id} has been restored since event {event.seq}.", seq=event.seq)
        ids = restore(unit, TaskRef(task_id=task.task_id)).restored
    else:
        if task.deleted_at is not None:
            raise NotUndoable(f"{task.task_id} is deleted already.", seq=event.seq)
        whole = event.kind == "task.restored"
        together = {one.task_id for one in branch(unit, task) if one.deleted_at is None} if whole else {task.task_id}
        ids = delete(unit, DeleteTask(task_id=task.task_id, recursive=len(together) > 1)).deleted
    return list(unit.reader.tasks(ids).values())


def _undo_change(unit: Unit, event: Event, task: Task) -> Task:
    if task.deleted_at is not None:
        raise NotUndoable(f"{task.task_id} is deleted; restore it first.", seq=event.seq)
    old = {name: was for name, (was, now) in event.payload.get("changes", {}).items() if _still(task, name, now)}
    missed = sorted(set(event.payload.get("changes", {})) & EDITABLE_FIELDS - set(old))
    if missed:
        raise NotUndoable(
            f"{', '.join(missed)} of {task.task_id} changed again after event {event.seq}.",
            seq=event.seq,
            fields=missed,
        )
    task = _undo_relations(unit, event, task)
    return _undo_fields(unit, event, task, {name: value for name, value in old.items() if name in EDITABLE_FIELDS})


def _still(task: Task, name: str, value: Any) -> bool:
    return bool(plain(name, getattr(task, name)) == value)


def _undo_fields(unit: Unit, event: Event, task: Task, old: dict[str, Any]) -> Task:
    values: dict[str, Any] = {name: tuple(value) if name == "tags" else value for name, value in old.items()}
    unit.check_role(values.get("role"), task)
    status, parent_id = values.pop("status", None), values.pop("parent_id", task.parent_id)
    values.pop("close_reason", None)
    if status is not None and status != task.status:
        values.pop("block_reason", None)
        if values.get("assignee", task.assignee) == task.assignee:
            values.pop("assignee", None)
        task = move(unit, task, status, reason=f"undo of event {event.seq}", force=True, other=values)
    elif values:
        task = unit.record(task, "task.updated", values, more={"undoes": event.seq})
    return reparent(unit, task, parent_id)


def _undo_relations(unit: Unit, event: Event, task: Task) -> Task:
    added = [Relation(*pair) for pair in event.payload.get("removed", ())]
    removed = [Relation(*pair) for pair in event.payload.get("added", ())]
    if not (added or removed):
        return task
    if not set(removed) <= set(task.relations) or set(added) & set(task.relations):
        raise NotUndoable(f"The relations of {task.task_id} changed again after event {event.seq}.", seq=event.seq)
    new = [Edge(task.task_id, relation.kind, relation.target) for relation in added if relation.kind == DEPENDS_ON]
    check_added(unit.reader, new)
    family = event.kind.partition(".")[0]
    kind = f"{family}.{'added' if added else 'removed'}" if family in ("dependency", "relation") else "task.updated"
    return unit.record(task, kind, {}, added=added, removed=removed, more={"undoes": event.seq})
