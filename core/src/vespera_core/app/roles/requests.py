"""Requests of this room."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class RoleRef(_Request):
    """One role, by its name."""

    role: str


@record(frozen=True, slots=True, kw_only=True)
class ValidateRoles(_Request):
    """All role files in use, or with `text` that of one file, which messages call `source`."""

    text: str | None = None
    source: str = "role.yaml"


@record(frozen=True, slots=True, kw_only=True)
class SuitableRoles(_Request):
    """What is needed: capabilities, a type of task, or all that a task needs."""

    task_id: str | None = None
    capabilities: tuple[str, ...] = ()
    type: str | None = None
    limit: int = 5


@record(frozen=True, slots=True, kw_only=True)
class CheckAssignment(_Request):
    """A task, and the role that it may be given."""

    task_id: str
    role: str


@record(frozen=True, slots=True, kw_only=True)
class AssignRole(_Request):
    """Give a task to a role. `force` lets a person do it against the rules, which the event records."""

    task_id: str
    role: str
    force: bool = False
    reason: str | None = None
    fence: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class UnassignRole(_Request):
    """Take the role of a task away."""

    task_id: str
    reason: str | None = None
    fence: int | None = None


@record(frozen=True, slots=True, kw_only=True)
class RoleWorkload(_Request):
    """How much each role has to do; with `role` that one alone, with a project only its tasks."""

    role: str | None = None
    project_id: str | None = None


@record(frozen=True, slots=True, kw_only=True)
class RoleHistory(_Request):
    """Who was given which role when: of a task, of a role, or all of it. `limit` 0 asks for all."""

    task_id: str | None = None
    role: str | None = None
    limit: int = 50
