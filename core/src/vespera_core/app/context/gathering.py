"""What there is to say of a task, read in one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from vespera_core.app.context.sections import Section, indented, item, one_line
from vespera_core.app.rules.reasons import waits_for
from vespera_core.app.session import Session
from vespera_core.app.tasks.comments import comments
from vespera_core.model.event import Event
from vespera_core.model.jsontext import canonical
from vespera_core.model.query import EventQuery
from vespera_core.model.task import CHILD_OF, DEPENDS_ON, Task
from vespera_core.model.times import rfc3339

_ANCESTORS: Final = 20
_NEIGHBOURS: Final = 20
_EVENTS: Final = 50


def gathered(session: Session, task: Task, since: int | None) -> list[Section]:
    """The sections that the ledger alone can fill, the most needed first."""
    show = f"vespera show {task.task_id}"
    edges = session.reader.edges((task.task_id,), incoming=True)
    needed = _live(session, task.depends_on)
    behind = _live(session, sorted(edge.source for edge in edges if edge.kind == DEPENDS_ON))
    parts = _live(session, sorted(edge.source for edge in edges if edge.kind == CHILD_OF))
    return [
        Section("task", f"# {task.task_id}: {one_line(task.title)}", tuple(_facts(session, task)), show),
        Section("goal", "## Why: what it is part of", tuple(_goal(session, task)), f"{show} --json"),
        Section("description", "## What", _paragraphs(task.description), show),
        Section("acceptance", "## Done when", _paragraphs(task.acceptance_criteria), show),
        Section("checkpoint", "## Where the last worker stopped", tuple(_checkpoint(task)), f"{show} --json"),
        Section("prerequisites", "## Results it builds on", tuple(_result(session, one) for one in needed),
                f"vespera dep tree {task.task_id}"),
        Section("changes", "## Since you last looked", tuple(_changes(session, task, needed, since)),
                f"vespera history {task.task_id}"),
        Section("notes", "## Notes", _paragraphs(task.notes), show),
        Section("comments", "## Remarks and decisions, newest first", tuple(_remarks(session, task)), show),
        Section("children", "## Its parts", tuple(item(_named(one)) for one in parts), f"vespera tree {task.task_id}"),
        Section("blocks", "## What waits for it", tuple(item(_named(one)) for one in behind), show),
    ]  # fmt: skip


def _live(session: Session, ids: Sequence[str]) -> list[Task]:
    found = session.reader.tasks(list(ids)).values()
    return [one for one in found if one.deleted_at is None and session.sees(one)]


def _named(task: Task) -> str:
    return f"{task.task_id} ({task.status}): {task.title}"


def _facts(session: Session, task: Task) -> Iterator[str]:
    line = f"{task.type}, {task.status}, {task.priority}, project {task.project_id}"
    for name, value in (("role", task.role), ("assignee", task.assignee), ("tags", ", ".join(task.tags))):
        line += f", {name} {one_line(value)}" if value else ""
    yield line
    if task.lease_owner is not None:
        until = "" if task.lease_until is None else f" until {rfc3339(task.lease_until)}"
        yield f"held by {one_line(task.lease_owner)}{until}, fence {task.fence}"
    for name, moment in (("due", task.due_at), ("not before", task.defer_until)):
        if moment is not None:
            yield f"{name} {rfc3339(moment)}"
    if task.estimate_minutes is not None:
        yield f"estimated at {task.estimate_minutes} minutes"
    if task.lease_owner is None and session.category(task) != "closed":
        for reason in waits_for(session, task)[:5]:
            yield f"waits: {one_line(reason.message)}"


def _goal(session: Session, task: Task) -> Iterator[str]:
    """The ancestors, the nearest first: it says most about the task."""
    above: list[Task] = []
    while task.parent_id is not None and len(above) < _ANCESTORS:
        parent = session.reader.task(task.parent_id)
        if parent is None or parent in above or not session.sees(parent):
            break
        above.append(parent)
        task = parent
    for one in above:
        yield item(_named(one), _first_paragraph(one.description))


def _first_paragraph(text: str) -> str:
    return text.strip().split("\n\n", 1)[0]


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(indented(one) for one in text.strip().split("\n\n") if one.strip())


def _checkpoint(task: Task) -> Iterator[str]:
    if task.checkpoint is not None:
        kept = task.checkpoint if isinstance(task.checkpoint, dict) else {"state": task.checkpoint}
        for name, value in kept.items():
            yield item(f"{name}: {value if isinstance(value, str) else canonical(value)}")


def _result(session: Session, task: Task) -> str:
    """What came of a prerequisite: the reason that it was closed with, else the last remark."""
    if task.closed_at is None:
        return item(f"{_named(task)} -- not finished")
    said = task.close_reason or ""
    if not said:
        remarks = comments(session.reader, task.task_id).get(task.task_id, [])
        said = remarks[-1].text if remarks else ""
    return item(_named(task), said)


def _remarks(session: Session, task: Task) -> Iterator[str]:
    for one in reversed(comments(session.reader, task.task_id).get(task.task_id, [])):
        yield item(f"{one.actor}, {rfc3339(one.at)[:16]}:", one.text)


def _changes(session: Session, task: Task, needed: Sequence[Task], since: int | None) -> Iterator[str]:
    """What others did to the task, its parent and what it depends on, newest first."""
    start = _last_by(session, task) if since is None else since
    if start is None:
        return
    parents = _live(session, [task.parent_id] if task.parent_id else [])
    around = [task.task_id, *(one.task_id for one in (*parents, *needed))]
    found: list[Event] = []
    for entity in around[:_NEIGHBOURS]:
        query = EventQuery(entity=entity, after_seq=start, newest_first=True, limit=_EVENTS)
        found.extend(event for event in session.reader.events(query) if event.actor != session.caller.actor)
    for event in sorted(found, key=lambda one: -one.seq)[:_EVENTS]:
        yield item(_told(event))


def _last_by(session: Session, task: Task) -> int | None:
    """The reader's last event on the task; None where there is none, and everything would be new."""
    query = EventQuery(entity=task.task_id, newest_first=True)
    events = islice(session.reader.events(query), 1000)
    return next((event.seq for event in events if event.actor == session.caller.actor), None)


def _told(event: Event) -> str:
    changed = ", ".join(event.payload.get("changes", ()))
    return f"{event.seq} {event.kind} {event.entity} by {event.actor}" + (f": {changed}" if changed else "")
