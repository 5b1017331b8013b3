"""Comments: remarks are events; this reads them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vespera_core.model.basics import Micros
from vespera_core.model.event import Event
from vespera_core.model.query import EventQuery
from vespera_core.ports.format import Comment
from vespera_core.ports.storage import Reader, event_of_row

CREATED: Final = "task.created"
COMMENTED: Final = "task.commented"
_BROUGHT: Final = '"comments":'


def comments(reader: Reader, task_id: str | None = None) -> dict[str, list[Comment]]:
    """The remarks on one task, or on all, oldest first: those that an import brought, then those made here."""
    found: dict[str, list[Comment]] = {}
    for row in reader.event_rows(EventQuery(entity=task_id, kinds=(CREATED, COMMENTED))):
        if row.kind == CREATED and _BROUGHT not in row.payload:
            continue  # nearly all of them: their payload is the whole task, which costs much to read
        event = event_of_row(row)
        if remarks := list(_in_event(event)):
            found.setdefault(event.entity, []).extend(remarks)
    return found


def commented(reader: Reader) -> set[str]:
    """Ids of the tasks on which there are remarks."""
    rows = reader.event_rows(EventQuery(kinds=(CREATED, COMMENTED)))
    return {row.entity for row in rows if row.kind == COMMENTED or _BROUGHT in row.payload}


def _in_event(event: Event) -> Iterator[Comment]:
    for one in event.payload.get("comments", ()):
        yield Comment(Micros(one["at"]), one["actor"], one["text"])
    if event.kind == COMMENTED:
        yield Comment(event.at, event.actor, event.payload["text"])
