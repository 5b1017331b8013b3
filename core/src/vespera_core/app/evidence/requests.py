"""Requests of this room."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class AddEvidence(_Request):
    """What speaks for a task: that a command ran and how it ended; `source` is where that can be looked at again."""

    task_id: str
    command: str = ""
    exit_code: int | None = None
    source: str = ""
    note: str = ""
    fence: int | None = None
