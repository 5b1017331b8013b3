"""Roles of tasks: what a task may be given where a catalogue is in force."""

from __future__ import annotations

from vespera_core.app.roles.capacity import has_place, is_live, reached
from vespera_core.app.unit import Unit
from vespera_core.model.task import Task


def check_role(unit: Unit, role: str, task: Task | None = None) -> None:
    """Raise UnknownRole or RoleFault for what is no role; CapacityReached where a held task finds no place left."""
    catalogue = unit.roles()
    if catalogue is None or not isinstance(role, str):
        return
    catalogue.get(role)
    if task is not None and role != task.role and is_live(task, unit.now) and not has_place(unit, role):
        raise reached(unit, task.evolve(role=role))
