"""The formats that ship. Each is imported when it is first used, so that naming them costs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

from vespera_core.model.project import Project
from vespera_core.ports.format import ExportedTask, Format, Source


def _read_jsonl(path: Path, skip_invalid: bool) -> Source:
    from vespera_core.interchange.jsonl import JsonlSource

    return JsonlSource(path, skip_invalid)


def _write_jsonl(stream: IO[str], projects: Iterable[Project], tasks: Iterable[ExportedTask]) -> int:
    from vespera_core.interchange.jsonl_writer import write

    return write(stream, projects, tasks)


def _read_beads(path: Path, skip_invalid: bool) -> Source:
    from vespera_core.interchange.beads import BeadsSource

    return BeadsSource(path, skip_invalid)


def _write_beads(stream: IO[str], projects: Iterable[Project], tasks: Iterable[ExportedTask]) -> int:
    from vespera_core.interchange.beads_writer import write

    return write(stream, projects, tasks)


def _read_taskmaster(path: Path, skip_invalid: bool) -> Source:
    from vespera_core.interchange.taskmaster import TaskmasterSource

    return TaskmasterSource(path, skip_invalid)


def _read_backlog(path: Path, skip_invalid: bool) -> Source:
    from vespera_core.interchange.backlog import BacklogSource

    return BacklogSource(path, skip_invalid)


FORMATS: Final[tuple[Format, ...]] = (
    Format(
        name="jsonl", summary="Vespera's own: complete and sorted", read=_read_jsonl, write=_write_jsonl, deleted=True
    ),
    Format(name="beads", summary="Issues of beads, one JSON object a line", read=_read_beads, write=_write_beads),
    Format(name="taskmaster", summary="Task Master's tasks.json, with tags and sub-tasks", read=_read_taskmaster),
    Format(name="backlog", summary="A Backlog.md folder of Markdown with front matter", read=_read_backlog),
)
"""Every format that ships, our own first."""
