"""Roles from plugins: sets of templates, and opinions on assignments."""

from __future__ import annotations

from importlib.resources.abc import Traversable

from vespera_core.model.record import record
from vespera_core.model.role import RoleDefinition
from vespera_core.model.task import Task


@record(frozen=True, slots=True, kw_only=True)
class RoleTemplates:
    """A set of role files, selected by its name. `folder` holds them: ``importlib.resources.files(...)``, or a path."""

    name: str
    summary: str
    folder: Traversable


@record(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A task that is to be given to a role, and who asks for it."""

    task: Task
    role: RoleDefinition
    actor: str
