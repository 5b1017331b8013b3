"""What the log says of holds: who held which task when, and whether anybody wrote without holding it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from vespera_core.model.event import Event

WORK_KINDS = ("task.checkpointed", "task.updated", "task.completed", "task.released")
"""What workers of the suites write while they hold a task."""


@dataclass
class _Hold:
    """A task as the log describes it."""

    fence: int = 0
    holder: str | None = None
    lease_until: int = 0
    completed: int = 0


def hold_faults(events: Iterable[Event]) -> list[str]:
    """Read a log in order and say where two held one task, a fence skipped, or somebody wrote who did not hold it."""
    holds: dict[str, _Hold] = {}
    faults: list[str] = []
    for event in events:
        if event.entity_type == "task":
            hold = holds.setdefault(event.entity, _Hold())
            faults.extend(f"event {event.seq}, {event.entity}: {fault}" for fault in _step(hold, event))
    return faults


def _step(hold: _Hold, event: Event) -> list[str]:
    if event.kind == "task.claimed":
        return _claimed(hold, event)
    if event.kind == "task.reclaimed":
        return _reclaimed(hold, event)
    if event.kind in WORK_KINDS and hold.holder != event.actor:
        return [f"{event.actor} wrote {event.kind}, {hold.holder} holds it"]
    if event.kind == "task.completed":
        hold.completed += 1
        hold.holder = None
        return ["it was completed before"] if hold.completed > 1 else []
    if event.kind == "task.released":
        hold.holder = None
    return []


def _claimed(hold: _Hold, event: Event) -> list[str]:
    changes = event.payload["changes"]
    faults = [f"{event.actor} claimed it from {hold.holder}"] if hold.holder is not None else []
    if changes["fence"] != [hold.fence, hold.fence + 1]:
        faults.append(f"its fence went {changes['fence']} after {hold.fence}")
    if hold.completed:
        faults.append("it was claimed after its completion")
    hold.fence, hold.holder = changes["fence"][1], event.actor
    _, hold.lease_until = changes.get("lease_until", (None, 0))  # a person's hold has no end
    return faults


def _reclaimed(hold: _Hold, event: Event) -> list[str]:
    faults = []
    if event.at < hold.lease_until:
        faults.append("its lease was taken before it had lapsed")
    if event.payload["from"] != hold.holder:
        faults.append(f"it was taken from {event.payload['from']}, {hold.holder} held it")
    hold.holder = None
    return faults


def completions(events: Iterable[Event]) -> Counter[str]:
    """How often each task was completed."""
    return Counter(event.entity for event in events if event.kind == "task.completed")
