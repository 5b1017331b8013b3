"""Exporting: everything as a file that Vespera, or another tool, can read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vespera_core.app.answers import ExportAnswer
from vespera_core.app.care.rebuild import digest, stored
from vespera_core.app.requests import ExportFile
from vespera_core.app.tasks.comments import comments
from vespera_core.errors import Refused, Unsupported
from vespera_core.model.task import Task
from vespera_core.ports.access import Caller
from vespera_core.ports.format import ExportedTask, Format
from vespera_core.ports.storage import Reader

if TYPE_CHECKING:
    from vespera_core.app.kernel import Kernel


def export_file(kernel: Kernel, request: ExportFile, _caller: Caller) -> ExportAnswer:
    """Write projects and tasks in a format; a file appears whole or not at all."""
    chosen: Format = kernel.registry.select("format", request.format)
    if chosen.write is None:
        raise Unsupported(f"The format {request.format!r} is only read, not written.", format=request.format)
    with kernel.storage.read() as reader:
        if request.path is None:
            count = _write(chosen, sys.stdout, reader, request.project_id)
        else:
            count = _to_file(chosen, Path(request.path), reader, request.project_id)
        return ExportAnswer(chosen.name, request.path, count, digest(stored(reader)._replace(entities={})))


def _to_file(chosen: Format, path: Path, reader: Reader, project_id: str | None) -> int:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            count = _write(chosen, stream, reader, project_id)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Refused(
            f"{path} cannot be written: {error.strerror or error}.", next="Name a file in a folder you may write to."
        ) from error
    return count


def _write(chosen: Format, stream: IO[str], reader: Reader, project_id: str | None) -> int:
    assert chosen.write is not None  # noqa: S101 - asked before
    projects, tasks, _ = stored(reader)
    chosen_projects = [one for key, one in sorted(projects.items()) if project_id in (None, key)]
    remarks = comments(reader)
    exported = (
        ExportedTask(task, tuple(remarks.get(task.task_id, ())))
        for task in _ordered(tasks)
        if project_id in (None, task.project_id) and (chosen.deleted or task.deleted_at is None)
    )
    return chosen.write(stream, chosen_projects, exported)


def _ordered(tasks: dict[str, Task]) -> Iterator[Task]:
    return (tasks[one] for one in sorted(tasks))
