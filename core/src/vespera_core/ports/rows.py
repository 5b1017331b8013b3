"""Rows: how stores keep a task and a project. One codec, so that every backend keeps the same values."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

from vespera_core.errors import StoreCorrupt
from vespera_core.model.jsontext import canonical, parse, parse_object
from vespera_core.model.project import PROJECT_FIELDS, Project
from vespera_core.model.task import FIELDS, PRIORITIES, Relation, Task

TASK_COLUMNS: Final = tuple(name for name in FIELDS if name != "relations")
"""Columns of a task row, in order; relations have rows of their own."""

READINESS_COLUMNS: Final = ("category", "open_blockers", "open_children", "held", "wait_until", "ready_at")
"""Derived columns that stand beside them."""

PROJECT_COLUMNS: Final = PROJECT_FIELDS

_TASK_VALUES: Final = attrgetter(*TASK_COLUMNS)
_RANK: Final = {word: rank for rank, word in enumerate(PRIORITIES)}
_PRIORITY: Final = TASK_COLUMNS.index("priority")
_TAGS: Final = TASK_COLUMNS.index("tags")
_METADATA: Final = TASK_COLUMNS.index("metadata")
_CHECKPOINT: Final = TASK_COLUMNS.index("checkpoint")
_WORKFLOW: Final = PROJECT_COLUMNS.index("workflow")
_PROJECT_METADATA: Final = PROJECT_COLUMNS.index("metadata")


def priority_rank(word: str) -> int:
    """0 for critical to 4 for someday."""
    return _RANK[word]


def task_row(task: Task) -> list[Any]:
    """The values of TASK_COLUMNS: text, whole numbers and None only."""
    row = list(_TASK_VALUES(task))
    row[_PRIORITY] = _RANK[task.priority]
    row[_TAGS] = canonical(task.tags) if task.tags else "[]"
    row[_METADATA] = canonical(task.metadata) if task.metadata else "{}"
    row[_CHECKPOINT] = None if task.checkpoint is None else canonical(task.checkpoint)
    return row


def task_of_row(row: tuple[Any, ...], relations: tuple[Relation, ...] = ()) -> Task:
    """The task behind a row of TASK_COLUMNS; further columns are ignored. Raises StoreCorrupt for a damaged row."""
    try:
        return _task(list(row[: len(TASK_COLUMNS)]), relations)
    except (ValueError, TypeError, IndexError) as error:
        raise StoreCorrupt(f"The row of task {row[0]!r} is damaged: {error}.", task_id=str(row[0])) from error


def _task(values: list[Any], relations: tuple[Relation, ...]) -> Task:
    values[_PRIORITY] = PRIORITIES[values[_PRIORITY]]
    values[_TAGS] = () if values[_TAGS] == "[]" else tuple(parse(values[_TAGS]))
    values[_METADATA] = {} if values[_METADATA] == "{}" else parse(values[_METADATA])
    if values[_CHECKPOINT] is not None:
        values[_CHECKPOINT] = parse(values[_CHECKPOINT])
    values.append(relations)
    return Task(*values)


def project_row(project: Project) -> list[Any]:
    """The values of PROJECT_COLUMNS."""
    row = [getattr(project, name) for name in PROJECT_COLUMNS]
    row[_WORKFLOW] = canonical(project.workflow)
    row[_PROJECT_METADATA] = canonical(project.metadata)
    return row


def project_of_row(row: tuple[Any, ...]) -> Project:
    """The project behind a row of PROJECT_COLUMNS; further columns are ignored."""
    values = list(row[: len(PROJECT_COLUMNS)])
    for place in (_WORKFLOW, _PROJECT_METADATA):
        values[place] = {} if values[place] == "{}" else parse_object(values[place])
    return Project(*values)
