"""Requests of this room."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class ListApprovals(_Request):
    """What waits for a person, in one project or in all; with `decided`, what was decided as well."""

    project_id: str | None = None
    decided: bool = False


@record(frozen=True, slots=True, kw_only=True)
class Decide(_Request):
    """A person's word on a task: on its ``execution`` or its ``completion``, or on the one of them that waits."""

    task_id: str
    step: str | None = None
    reason: str = ""
