"""Exporting: everything as a file that Vespera, or another tool, can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from vespera_core.app.answers import ExportAnswer
from vespera_core.app.care.rebuild import facts, project_facts
from vespera_core.app.requests import ExportFile
from vespera_core.app.session import Session
from vespera_core.app.tasks.comments import commented, comments
from vespera_core.errors import InvalidInput, Refused, Unsupported
from vespera_core.model.basics import check_text
from vespera_core.model.jsontext import canonical
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.format import ExportedTask, Format
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


_CHUNK: Final = 500


def export_file(kernel: Kernel, request: ExportFile, caller: Caller) -> ExportAnswer:
    """Write projects and tasks in a format, from one snapshot; a file appears whole or not at all.

    Tasks are read and written some at a time: no ledger is too big for it. Whoever is held to some projects gets no
    task of another, and no word of one.
    """
    chosen: Format = kernel.registry.select("format", request.format)
    if chosen.write is None:
        raise Unsupported(f"The format {request.format!r} is only read, not written.", format=request.format)
    with kernel.storage.read() as reader:
        session = Session(reader, caller, kernel.clock())
        if request.project_id is not None:
            session.project(request.project_id)
        if request.path is None:
            count = _write(chosen, sys.stdout, session, request.project_id)
        else:
            count = _to_file(chosen, Path(check_text("path", request.path)), session, request.project_id)
        return ExportAnswer(chosen.name, request.path, count, _digest(reader))


def _to_file(chosen: Format, path: Path, session: Session, project_id: str | None) -> int:
    if not path.name:
        raise InvalidInput("path is the name of a file.", field="path", next="Name one in a folder you may write to.")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            count = _write(chosen, stream, session, project_id)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Refused(
            f"{path} cannot be written: {error.strerror or error}.", next="Name a file in a folder you may write to."
        ) from error
    return count


def _write(chosen: Format, stream: IO[str], session: Session, project_id: str | None) -> int:
    assert chosen.write is not None  # noqa: S101 - asked before
    within = session.caller.within
    projects = [
        one
        for one in sorted(session.reader.projects(), key=lambda one: one.project_id)
        if project_id in (None, one.project_id) and (within is None or one.project_id in within)
    ]
    chosen_ids = tuple(one.project_id for one in projects)
    return chosen.write(stream, projects, _exported(session, chosen_ids, deleted=chosen.deleted))


def _exported(session: Session, projects: tuple[str, ...], *, deleted: bool) -> Iterator[ExportedTask]:
    remarked = commented(session.reader)
    for task in _tasks(session.reader, projects, deleted=deleted):
        remarks = comments(session.reader, task.task_id).get(task.task_id, ()) if task.task_id in remarked else ()
        yield ExportedTask(_seen(session, task), tuple(remarks))


def _tasks(reader: Reader, projects: tuple[str, ...] | None = None, *, deleted: bool = True) -> Iterator[Task]:
    """Tasks sorted by id, some of them in memory at a time."""
    ids = reader.ids(TaskQuery(projects=projects))
    if deleted:
        ids = sorted({*ids, *reader.ids(TaskQuery(projects=projects, deleted=True))})
    for start in range(0, len(ids), _CHUNK):
        yield from reader.tasks(ids[start : start + _CHUNK]).values()


def _seen(session: Session, task: Task) -> Task:
    """A task without what leads to others that the caller may not know of."""
    named = {one for one in (task.parent_id, *(relation.target for relation in task.relations)) if one is not None}
    if session.caller.within is None or not named:
        return task
    hidden = {one.task_id for one in session.reader.tasks(sorted(named)).values() if not session.sees(one)}
    relations = tuple(relation for relation in task.relations if relation.target not in hidden)
    return replace(task, parent_id=None if task.parent_id in hidden else task.parent_id, relations=relations)


def _digest(reader: Reader) -> str:
    """`care.rebuild.digest` of everything but entities, which no export carries, read some tasks at a time."""
    sums = sha256()
    for project in sorted(reader.projects(), key=lambda one: one.project_id):
        home = (project.project_id,)
        if reader.ids(TaskQuery(projects=home)) or reader.ids(TaskQuery(projects=home, deleted=True)):
            sums.update(canonical(project_facts(project)).encode())
    for task in _tasks(reader):
        sums.update(canonical(facts(task)).encode())
    return sums.hexdigest()
