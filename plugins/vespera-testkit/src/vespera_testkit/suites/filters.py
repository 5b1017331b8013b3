"""Filters for the suite of vector indexes: what is worth asking for, alone and together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task
from vespera_testkit.suites.storage.queries import CHOICES

SCOPES = (
    TaskQuery(projects=("two",)),
    TaskQuery(without_projects=("two",)),
    TaskQuery(open=True),
    TaskQuery(open=False, types=("bug",)),
    TaskQuery(statuses=("pending",), priorities=("high", "normal")),
    TaskQuery(tags=("red", "blue")),
    TaskQuery(assignee="bob"),
    TaskQuery(role="dev", projects=("mem", "two")),
    TaskQuery(without_roles=("dev", "none")),
    TaskQuery(projects=()),
    TaskQuery(types=("nothing-is-of-this-type",)),
    TaskQuery(limit=1, sort="title"),
)
"""Filters, and some of them together."""


def wishes(scope: TaskQuery) -> str:
    """A test id: what a query asks for."""
    asked = {name: getattr(scope, name) for name in scope.__dataclass_fields__}
    return ",".join(f"{name}={value}" for name, value in asked.items() if value != getattr(TaskQuery(), name))


def is_among(ids: set[str], task: Task) -> bool:
    """Whether a task is one of these."""
    return task.task_id in ids


def every_filter() -> Iterator[tuple[str, Any]]:
    """Each field of a query with each of some values."""
    return ((name, value) for name, values in CHOICES.items() for value in values)
