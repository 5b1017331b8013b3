"""A projection: for every project a text file with the titles of its tasks, for people and for tools like grep."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vespera_core.errors import Unsupported
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.provider import OpenContext


class Line(NamedTuple):
    """A line of a file: its fields stand between tabs."""

    task_id: str
    version: int
    title: str


class Names(Projection):
    """The files, and what is in them. The core feeds it; nothing here asks when, or from where."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines = {line.task_id: (path.stem, line) for path in folder.glob("*.txt") for line in _read(path)}

    def apply(self, batch: Sequence[Projected], gone: Sequence[Gone]) -> None:
        touched = set()
        for task, *_ in batch:
            line = Line(task.task_id, task.version, " ".join(task.title.split()))
            self._lines[task.task_id] = (task.project_id, line)
            touched.add(task.project_id)
        for one in gone:
            project, _ = self._lines.pop(one.task_id, (None, None))
            touched.add(project)
        for project in touched - {None}:
            self._write(str(project))

    def _write(self, project: str) -> None:
        """Put a new file in the place of the old one, and be sure that it stays there."""
        lines = sorted(line for home, line in self._lines.values() if home == project)
        part = self._folder / f"{project}.part"
        with part.open("w", encoding="utf-8") as file:
            file.writelines("\t".join(map(str, line)) + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / f"{project}.txt")

    def versions(self) -> dict[str, int]:
        return {line.task_id: line.version for path in self._folder.glob("*.txt") for line in _read(path)}


def _read(path: Path) -> list[Line]:
    rows = [row.split("\t", 2) for row in path.read_text(encoding="utf-8").split("\n") if row]
    return [Line(task_id, int(version), title) for task_id, version, title in rows]


def open_names(_settings: dict[str, Any], context: OpenContext) -> Names:
    """What the provider opens, in the folder that the core gave it."""
    if context.folder is None:
        raise Unsupported("Files need a folder.", next="Keep the ledger in a workspace on the disk.")
    return Names(context.folder)
