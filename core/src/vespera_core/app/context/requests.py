"""Requests of this room."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class TaskContext(_Request):
    """A briefing on one task, within `budget` tokens (200 to 100,000, as `model.tokens` estimates them).

    `role` is the role that the reader works in, else the task's own. `since` is the `position` of an earlier briefing:
    what happened after it is told; without it, what happened since the reader last wrote to the task.
    """

    task_id: str
    budget: int = 2000
    role: str | None = None
    since: int | None = None
