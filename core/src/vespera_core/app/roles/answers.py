"""Answers of this room."""

from __future__ import annotations

from dataclasses import field

from vespera_core.app.roles.drafts import Problem
from vespera_core.model.basics import Micros
from vespera_core.model.record import record
from vespera_core.model.role import RoleDefinition
from vespera_core.model.task import Task


@record(frozen=True, slots=True, kw_only=True)
class RolesAnswer:
    """The roles. `in_force` says whether tasks are held to them, `chosen` which set of templates they stand on.

    `sets` are the sets on offer, `problems` the roles that cannot be used.
    """

    roles: tuple[RoleDefinition, ...]
    in_force: bool
    chosen: str | None
    sets: dict[str, str]
    problems: tuple[Problem, ...]


@record(frozen=True, slots=True, kw_only=True)
class RoleAnswer:
    """One role with all that it inherits."""

    role: RoleDefinition
    in_force: bool


@record(frozen=True, slots=True, kw_only=True)
class ValidationAnswer:
    """The names of the roles that can be used, and what is wrong with others."""

    valid: tuple[str, ...]
    problems: tuple[Problem, ...]


@record(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that speaks against an assignment: its name, and why."""

    rule: str
    message: str


@record(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """Everything that speaks against giving a task to a role; nothing where it may be given."""

    task_id: str
    role: str
    allowed: bool
    violations: tuple[Violation, ...]


@record(frozen=True, slots=True, kw_only=True)
class Suitable:
    """A role, how well it fits from 0 to 1, and why; `lacks` are capabilities that it does not have."""

    role: str
    score: float
    reasons: tuple[str, ...]
    lacks: tuple[str, ...]


@record(frozen=True, slots=True, kw_only=True)
class SuitableAnswer:
    """Roles for what is needed, the best first; those that must not take the work are left out."""

    capabilities: tuple[str, ...]
    type: str | None
    roles: tuple[Suitable, ...]


@record(frozen=True, slots=True, kw_only=True)
class AssignAnswer:
    """A task with its role; `forced` are the violations that a person passed over."""

    task: Task
    forced: tuple[Violation, ...] = field(default=())


@record(frozen=True, slots=True, kw_only=True)
class Load:
    """How much a role has to do.

    `capacity` is how many tasks its workers may hold (None: no limit), `live` how many they hold, `queue` how many are
    ready, `open` how many are not closed, `utilisation` live by capacity.
    """

    role: str
    capacity: int | None
    live: int
    queue: int
    open: int
    utilisation: float | None


@record(frozen=True, slots=True, kw_only=True)
class WorkloadAnswer:
    """The load of each role, by name."""

    roles: tuple[Load, ...]


@record(frozen=True, slots=True, kw_only=True)
class Assigned:
    """A task was given a role, or another one, or none (`role` None)."""

    seq: int
    at: Micros
    actor: str
    task_id: str
    was: str | None
    role: str | None
    forced: tuple[str, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class RoleHistoryAnswer:
    """Assignments, newest first."""

    items: tuple[Assigned, ...]
