"""Tasks as suites write them, past the rules of the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from vespera_core.model.basics import Micros
from vespera_core.model.readiness import Readiness, readiness_of
from vespera_core.model.task import Task
from vespera_testkit.world.clock import START

CATEGORIES: Final = {
    "blocked": "held",
    "in_progress": "active",
    "in_review": "active",
    "completed": "closed",
    "cancelled": "closed",
}


def new_task(task_id: str, **fields: Any) -> Task:
    """A task of project ``p`` with a plain title."""
    facts = {"project_id": "p", "title": f"Title of {task_id}", "created_at": Micros(START), "created_by": "ann"}
    return Task(task_id=task_id, **{**facts, "updated_at": Micros(START), **fields})


def category_of(task: Task) -> str:
    """What a status that ships means; todo for every other one."""
    return CATEGORIES.get(task.status, "todo")


def record_of(task: Task, **counters: Any) -> Readiness:
    """A readiness record of a task, with these derived values."""
    return replace(readiness_of(task, category_of(task)), **counters)
