"""Items: events as they go to subscribers, made once for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any, Final

from vespera_core.app.policy.confining import confined
from vespera_core.model.event import TASK, Event
from vespera_core.model.public import public
from vespera_core.model.query import EventQuery
from vespera_core.model.record import record
from vespera_core.ports.storage import Reader, Storage, event_of_row

dense: Final = partial(json.dumps, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
"""JSON as it is sent."""

_HARMLESS: Final = frozenset({TASK, "project", "run", "approval", "webhook"})
"""What events are about that change nothing in who may do what."""


@record(frozen=True, slots=True)
class Item:
    """An event, or a notice that stands in no log (`seq` is 0 then). `text` is its JSON.

    `roles` are those that its task is in: before, after, or both. `access` is true where it may change who may do what.
    `confined` is how those see it who may know of some projects alone; None where they may not see it.
    """

    seq: int
    kind: str
    project_id: str
    roles: tuple[str, ...]
    text: str
    access: bool = False
    confined: Mapping[frozenset[str], Item | None] = field(default_factory=dict)

    def within(self, bounds: frozenset[str] | None) -> Item | None:
        """How it is seen within these projects, by whoever is held to none as it is. What was not found is not seen."""
        return self if bounds is None or not self.seq else self.confined.get(bounds)


@record(frozen=True, slots=True)
class Needs:
    """What is to be found of each event beside itself: roles, and how it is seen within each of these `bounds`."""

    roles: bool = False
    bounds: frozenset[frozenset[str]] = frozenset()

    def cover(self, others: Needs) -> bool:
        """Whether these are at least those others."""
        return self.bounds >= others.bounds and (self.roles or not others.roles)


@record(frozen=True, slots=True)
class Batch:
    """Some items in the order of the log. Everything up to `position` was looked at; `complete`: there was no more.

    What was needed was `found` of each.
    """

    items: tuple[Item, ...]
    position: int
    complete: bool
    found: Needs


def read_items(
    storage: Storage, after: int, needs: Needs, *, events: int, size: int, project_id: str | None = None
) -> Batch:
    """Items after a place, up to so many `events` and about so many characters, with what is needed of them."""
    with storage.read() as reader:
        found: list[Event] = []
        length = 0
        for row in reader.event_rows(EventQuery(after_seq=after, project_id=project_id, limit=events)):
            found.append(event_of_row(row))
            length += len(row.payload)
            if length >= size:
                break
        complete = len(found) < events and length < size
        position = max(after, reader.position()) if complete else found[-1].seq
        known = _roles(reader, found) if needs.roles else {}
        seen = {bounds: confined(reader, found, bounds) for bounds in needs.bounds}
    items = [_item(event, known.get(event.seq, ())) for event in found]
    for number, item in enumerate(items):
        views = {bounds: _view(item, found[number], shown[number]) for bounds, shown in seen.items()}
        items[number] = replace(item, confined=views)
    return Batch(tuple(items), position, complete, needs)


def _item(event: Event, roles: tuple[str, ...]) -> Item:
    access = event.entity_type not in _HARMLESS
    return Item(event.seq, event.kind, event.project_id, roles, dense(public(event)), access)


def _view(item: Item, event: Event, shown: Event | None) -> Item | None:
    """An item of an event that is shown in another way, or as it is, or not at all."""
    if shown is None or shown is event:
        return None if shown is None else item
    return replace(item, text=dense(public(shown)))


def _roles(reader: Reader, events: Sequence[Event]) -> dict[int, tuple[str, ...]]:
    """The roles of the events' tasks at each event: from what a task has now, back through what changed since."""
    first = {event.entity: event.seq for event in reversed(events) if event.entity_type == TASK}
    found: dict[int, tuple[str, ...]] = {}
    for task_id, task in reader.tasks(list(first)).items():
        role = task.role
        for event in reader.events(EventQuery(entity=task_id, after_seq=first[task_id] - 1, newest_first=True)):
            before = _before(event, role)
            found[event.seq] = tuple({one for one in (before, role) if one is not None})
            role = before
    return found


def _before(event: Event, after: str | None) -> str | None:
    change: Any = event.payload.get("changes", {}).get("role")
    return after if change is None else change[0]
