"""Finding: the tasks that are about a file, because they refer to it or because somebody named it there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vespera_core.app.files.answers import FileTask, FileTasksAnswer
from vespera_core.app.files.references import REFERENCES, check_file, mention, places
from vespera_core.app.files.requests import TasksOfFile
from vespera_core.app.session import Session
from vespera_core.model.jsontext import canonical
from vespera_core.model.query import EventQuery, TaskQuery, check_limit
from vespera_core.model.task import Task

_PAGE: Final = 1000
_TEXTS: Final = ("title", "description", "acceptance_criteria", "notes", "external_ref", "close_reason", "block_reason")
_EVENTS: Final = {"task.commented": "comments", "task.evidence": "evidence"}


def tasks_of_file(session: Session, request: TasksOfFile) -> FileTasksAnswer:
    """Tasks that are about a file, the most urgent first among those that refer to it, and among the others.

    Raises InvalidInput for a path that leads out of the workspace, and NotFound for an unknown project.
    """
    file, limit = check_file(request.file), check_limit(request.limit)
    if request.project_id is not None:
        session.project(request.project_id)
    said = _said(session, file, request.project_id)
    found = [one for task in _tasks(session, request) if (one := _about(task, file, said)) is not None]
    found.sort(key=lambda one: REFERENCES not in one.named_in)
    return FileTasksAnswer(file, tuple(found[:limit] if limit else found), len(found))


def _tasks(session: Session, request: TasksOfFile) -> Iterator[Task]:
    """The tasks that may be about it, by urgency; all are looked at, for metadata has no index."""
    projects = None if request.project_id is None else (request.project_id,)
    cursor = None
    while True:
        query = TaskQuery(
            projects=projects, open=None if request.closed else True, cursor=cursor, limit=_PAGE, counted=False
        )
        page = session.reader.select(query)
        yield from (one for one in page.items if session.sees(one))
        cursor = page.next_cursor
        if cursor is None:
            return


def _said(session: Session, file: str, project_id: str | None) -> dict[str, set[str]]:
    """In which remarks and evidence a file is named, by task."""
    pattern, told = mention(file), canonical(file)[1:-1]
    found: dict[str, set[str]] = {}
    for row in session.reader.event_rows(EventQuery(project_id=project_id, kinds=tuple(_EVENTS))):
        if told in row.payload and pattern.search(row.payload.replace(told, file)):
            found.setdefault(row.entity, set()).add(_EVENTS[row.kind])
    return found


def _about(task: Task, file: str, said: dict[str, set[str]]) -> FileTask | None:
    """The task with what makes it one about the file; None where it is not."""
    referred = list(places(task.metadata, file))
    named = [REFERENCES] if referred else []
    named += [name for name, text in _parts(task) if file in text and mention(file).search(text)]
    named += sorted(said.get(task.task_id, ()))
    if not named:
        return None
    return FileTask(task, tuple(named), tuple(one for one in referred if one is not None))


def _parts(task: Task) -> Iterator[tuple[str, str]]:
    for name in _TEXTS:
        yield name, getattr(task, name) or ""
    yield from (("tags", tag) for tag in task.tags)
    if rest := {key: value for key, value in task.metadata.items() if key != REFERENCES}:
        yield "metadata", canonical(rest)
    if task.checkpoint:
        yield "checkpoint", canonical(task.checkpoint)
