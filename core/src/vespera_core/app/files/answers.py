"""Answers of this room."""

from __future__ import annotations

from vespera_core.model.record import record
from vespera_core.model.task import Task


@record(frozen=True, slots=True)
class Lines:
    """A place in a file: lines count from 1, and the last one is within the place."""

    start_line: int
    end_line: int


@record(frozen=True, slots=True)
class FileTask:
    """A task that is about a file: in which of its parts the file is named, and the places that it refers to."""

    task: Task
    named_in: tuple[str, ...]
    places: tuple[Lines, ...] = ()


@record(frozen=True, slots=True)
class FileTasksAnswer:
    """Tasks that are about a file, those that refer to it first, and how many there are."""

    file: str
    tasks: tuple[FileTask, ...]
    total: int
