"""The port for interchange formats: how a foreign file becomes rows in our words, and how ours become a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from vespera_core.model.basics import Micros
from vespera_core.model.project import Project
from vespera_core.model.record import record
from vespera_core.model.task import Task


@record(frozen=True, slots=True)
class Comment:
    """A remark on a task."""

    at: Micros
    actor: str
    text: str


@dataclass(slots=True)
class ImportRow:
    """One task as a file describes it, in our words, before any rule of the ledger has seen it.

    `where` names its place for messages ("line 12", "tasks/back-7.md"). `fields` are values of `Task` fields, as
    `Task` types them, `task_id` and `title` among them; `project_id` only where the file knows it. `parents` are ids
    in order: the first becomes the parent. `relations` are (kind, target id) pairs. `version` is carried by our own
    format only.
    """

    where: str
    fields: dict[str, Any]
    parents: list[str] = field(default_factory=list)
    relations: list[tuple[str, str]] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    version: int = 1


@record(frozen=True, slots=True)
class ImportProblem:
    """Something that a file says and that could not be carried over: where, what, and a word for its kind."""

    where: str
    kind: str
    message: str


class Source(ABC):
    """A file or folder being imported. It is read twice: first for ids and relations, then for the rows themselves."""

    drops_cycles = False
    """Whether relations that would close a cycle are left out and reported, rather than refuse the import."""

    def __init__(self) -> None:
        self.skipped: dict[str, int] = {}
        self.problems: list[ImportProblem] = []

    def projects(self) -> Iterable[Project]:
        """Projects that the file describes; none for most formats. Called once, before `rows`."""
        return ()

    @abstractmethod
    def rows(self) -> Iterator[ImportRow]:
        """Every importable row, in the file's order, the same at each call.

        Starts by clearing `skipped` (reason: count) and `problems`, and fills them as it goes. Raises InvalidImport,
        naming the place, for a row that cannot be read, unless invalid rows are to be skipped: then it becomes a
        problem of kind ``invalid``.
        """

    def total(self) -> int:
        """How many rows there may be, for a progress display; 0 where nobody knows."""
        return 0

    def _skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def _report(self, where: str, kind: str, message: str) -> None:
        self.problems.append(ImportProblem(where, kind, message))


@record(frozen=True, slots=True)
class ExportedTask:
    """A task with the remarks made on it, as exports carry them."""

    task: Task
    comments: tuple[Comment, ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class Format:
    """An interchange format that can be selected by name.

    `read(path, skip_invalid)` opens a source; None where the format is only written. `write(stream, projects, tasks)`
    writes UTF-8 text and returns how many tasks it wrote; None where the format is only read. It gets projects and
    tasks sorted by id, each task once and never all of them at a time. `deleted` says whether the writer wants deleted
    tasks too.
    """

    name: str
    summary: str
    read: Callable[[Path, bool], Source] | None = None
    write: Callable[[IO[str], Iterable[Project], Iterable[ExportedTask]], int] | None = None
    deleted: bool = False
