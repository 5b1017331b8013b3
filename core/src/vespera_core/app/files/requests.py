"""Requests of this room."""

from __future__ import annotations

from vespera_core.app.requests import _Request
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class TasksOfFile(_Request):
    """A file, by its path from the workspace's root, whose tasks are sought: open ones, or `closed` ones as well."""

    file: str
    project_id: str | None = None
    closed: bool = False
    limit: int = 50


@record(frozen=True, slots=True, kw_only=True)
class CaptureTask(_Request):
    """A task to be made from a place in a file: `text` is what stands there, `note` what is to be done about it.

    Lines count from 1; `end_line` is within the place. Without a title the first words of the note are taken, else
    those of the text. Without a project, the parent's or the workspace's is taken.
    """

    file: str
    start_line: int | None = None
    end_line: int | None = None
    text: str = ""
    note: str = ""
    title: str | None = None
    type: str = "task"
    priority: str = "normal"
    role: str | None = None
    tags: tuple[str, ...] = ()
    project_id: str | None = None
    parent_id: str | None = None
