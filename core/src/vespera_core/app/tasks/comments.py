"""Comments: remarks are events; this reads them back."""

from __future__ import annotations

from collections.abc import Iterator

from vespera_core.model.basics import Micros
from vespera_core.model.event import Event
from vespera_core.model.query import EventQuery
from vespera_core.ports.format import Comment
from vespera_core.ports.storage import Reader


def comments(reader: Reader, task_id: str | None = None) -> dict[str, list[Comment]]:
    """The remarks on one task, or on all, oldest first: those that an import brought, then those made here."""
    found: dict[str, list[Comment]] = {}
    for event in reader.events(EventQuery(entity=task_id, kinds=("task.created", "task.commented"))):
        if remarks := list(_in_event(event)):
            found.setdefault(event.entity, []).extend(remarks)
    return found


def _in_event(event: Event) -> Iterator[Comment]:
    for one in event.payload.get("comments", ()):
        yield Comment(Micros(one["at"]), one["actor"], one["text"])
    if event.kind == "task.commented":
        yield Comment(event.at, event.actor, event.payload["text"])
