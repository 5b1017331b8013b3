"""Readiness: what decides whether a task can be worked on now, kept beside the task so that nobody recomputes it.

The stored counters (`open_blockers`, `open_children`, `held`, `wait_until`) are derived facts: they follow from tasks
and relations, stand outside version and digest, and `vespera doctor` compares them with a fresh computation.
"""

from __future__ import annotations

from typing import Final

from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.model.task import Task

NOW_READY: Final = Micros(0)
"""`ready_at` of a task that waits for nothing, not even for time."""


@record(frozen=True, slots=True)
class Readiness:
    """What readiness needs to know of a task, without its texts.

    `held` and `wait_until` are what its ancestors impose: a blocker or a manual block somewhere above, and the latest
    deferral above. `ready_at` is None while something other than time is in the way, `NOW_READY` when nothing is,
    else the moment when a deferral or a worker's lease lapses.
    """

    task_id: str
    project_id: str
    parent_id: str | None
    category: str
    deleted: bool
    defer_until: Micros | None
    hold_kind: str | None
    lease_until: Micros | None
    open_blockers: int = 0
    open_children: int = 0
    held: bool = False
    wait_until: Micros | None = None
    ready_at: Micros | None = None

    @property
    def open(self) -> bool:
        return self.category != "closed" and not self.deleted

    def with_counters(self, open_blockers: int, open_children: int, held: bool, wait_until: Micros | None) -> Readiness:
        """The same task with other counters, settled. (Written out, as `replace` costs ten times as much.)"""
        return Readiness(
            self.task_id, self.project_id, self.parent_id, self.category, self.deleted, self.defer_until,
            self.hold_kind, self.lease_until, open_blockers, open_children, held, wait_until,
        ).settled()  # fmt: skip

    def imposes(self) -> tuple[bool, Micros | None]:
        """What this task and its ancestors impose on its children: held or not, and until when to wait."""
        if not self.open:
            return self.held, self.wait_until
        return self.held or self.open_blockers > 0 or self.category == "held", latest(self.wait_until, self.defer_until)

    def settled(self) -> Readiness:
        """The same facts with `ready_at` as it follows from them."""
        at = _ready_at(self)
        if at == self.ready_at:
            return self
        return Readiness(
            self.task_id, self.project_id, self.parent_id, self.category, self.deleted, self.defer_until,
            self.hold_kind, self.lease_until, self.open_blockers, self.open_children, self.held, self.wait_until, at,
        )  # fmt: skip


def latest(first: Micros | None, second: Micros | None) -> Micros | None:
    """The later of two moments, where None is no moment at all."""
    if first is None or second is None:
        return second if first is None else first
    return max(first, second)


def _ready_at(state: Readiness) -> Micros | None:
    if state.deleted or state.open_blockers or state.open_children or state.held:
        return None
    wait = max(NOW_READY, latest(state.wait_until, state.defer_until) or NOW_READY)
    if state.category == "todo":
        return wait
    if state.category == "active" and state.hold_kind == "worker" and state.lease_until is not None:
        return max(wait, state.lease_until)
    return None


def readiness_of(task: Task, category: str, before: Readiness | None = None) -> Readiness:
    """The readiness of `task`, keeping the derived counters of `before` (none for a new task)."""
    return Readiness(
        task.task_id, task.project_id, task.parent_id, category, task.deleted_at is not None,
        task.defer_until, task.hold_kind, task.lease_until,
        *(() if before is None else (before.open_blockers, before.open_children, before.held, before.wait_until)),
    ).settled()  # fmt: skip
