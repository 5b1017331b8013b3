"""Waivers: the rules that a person passed over when a task was given to a role. Claims of that task keep to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from vespera_core.app.roles.answers import Violation
from vespera_core.app.unit import Unit
from vespera_core.model.entity import Entity
from vespera_core.model.task import Task
from vespera_core.ports.storage import Reader

KIND: Final = "waiver"


def waive(unit: Unit, task: Task, role: str, found: Iterable[Violation]) -> None:
    """Record that rules do not count for a task in this role; without any, that all of them count again.

    Capacity is none of them: it is counted anew at every claim.
    """
    rules = sorted({one.rule for one in found} - {"capacity"})
    old = unit.reader.entity(KIND, _id(task))
    if old is None and not rules:
        return
    new = Entity(KIND, _id(task), task.project_id) if old is None else old
    unit.put_entity(old, replace(new, owner=task.task_id, data={"role": role, "rules": rules}), "role.waived")


def waived_rules(reader: Reader, tasks: Sequence[Task]) -> dict[str, tuple[str, ...]]:
    """By task the rules that do not count in the role that it has now."""
    if not tasks:
        return {}
    kept = {one.owner: one.data for one in reader.entities(KIND, [_id(task) for task in tasks])}
    return {
        task.task_id: tuple(kept[task.task_id]["rules"])
        for task in tasks
        if task.task_id in kept and kept[task.task_id]["role"] == task.role
    }


def _id(task: Task) -> str:
    return f"{KIND}-{task.task_id}"
