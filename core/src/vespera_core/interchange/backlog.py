"""Import of Backlog.md: a folder of Markdown files with front matter, one file a task."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from vespera_core.errors import InvalidImport, InvalidInput
from vespera_core.interchange.backlog_ids import Ids
from vespera_core.interchange.backlog_sections import sections
from vespera_core.interchange.backlog_text import front_matter, quick_id, scalar, split
from vespera_core.interchange.backlog_values import HOME, fill, texts
from vespera_core.interchange.reading import (
    CheckedSource,
    adopt,
    check_path,
    check_row,
    depend,
    modified,
    read_text,
    reason,
    shown,
)
from vespera_core.ports.format import ImportRow

_DRAFTS: Final = "drafts"
_MILESTONES: Final = "milestones"
_OTHERS: Final = {"docs": "document", "decisions": "decision", "archive": "archived"}
"""Folders of Backlog.md that hold no tasks to be done, and what each of their files is counted as."""


class BacklogSource(CheckedSource):
    """Tasks, completed tasks and drafts of a Backlog.md folder. The folder above it will do as well."""

    drops_cycles = True

    def __init__(self, path: Path, skip_invalid: bool) -> None:
        super().__init__(path, skip_invalid)
        check_path(path, folder=True)
        self._root = path if (path / "tasks").is_dir() or not (path / "backlog").is_dir() else path / "backlog"
        self._files = _markdown_files(self._root)
        if not self._files:
            raise InvalidImport(shown(f"{path} holds no Markdown files."), next="Name the folder that holds tasks/.")
        self._milestones: dict[str, dict[str, Any]] = {}
        self._ids = Ids(list(self._survey()))

    def total(self) -> int:
        return len(self._files)

    def rows(self) -> Iterator[ImportRow]:
        self._begin()
        self._ids.begin()
        for path in self._files:
            where = shown(path.relative_to(self._root).as_posix())
            try:
                row = self._file(path, where)
            except (InvalidInput, RecursionError) as error:
                self._invalid(where, reason(error))
                continue
            if row is not None:
                yield row

    def _folder(self, path: Path) -> str:
        """The folder that decides what a file is: the topmost within the root, or the root itself."""
        parts = path.relative_to(self._root).parts
        return parts[0] if len(parts) > 1 else self._root.absolute().name

    def _survey(self) -> Iterator[str]:
        """The id of every task file, so that relations find those that come later; notes milestones on the way.

        What is wrong with a file is left to `rows`, which has a place to report it.
        """
        for path in self._files:
            try:
                parts = split(read_text(path))
            except InvalidInput:
                continue
            if parts and self._folder(path) == _MILESTONES:
                self._note_milestone(*parts)
            elif parts and self._folder(path) not in _OTHERS and (task_id := quick_id(parts[0])):
                yield task_id

    def _note_milestone(self, text: str, body: str) -> None:
        try:
            head = front_matter(text)
        except InvalidInput:
            return
        facts = {"milestone_title": head.get("title"), "milestone_description": sections(body).description}
        for name in texts("id", head.get("id")):
            self._milestones[name.lower()] = {key: value for key, value in facts.items() if value}

    def _file(self, path: Path, where: str) -> ImportRow | None:
        folder = self._folder(path)
        if folder in _OTHERS:
            self._skip(_OTHERS[folder])
            return None
        parts = split(read_text(path))
        if parts is None:
            self._skip("no_front_matter")
            return None
        head = front_matter(parts[0])
        if folder == _MILESTONES:
            self._skip("milestone")
            return None
        row = ImportRow(where, sections(parts[1])._asdict())
        self._fill(row, head, path)
        return row

    def _fill(self, row: ImportRow, head: dict[str, Any], path: Path) -> None:
        if head.get("id") in (None, ""):
            raise InvalidInput("it has no id.", field="id")
        written = scalar("id", head["id"]).strip()
        task_id = row.fields["task_id"] = self._ids.take(written)
        notices = fill(row.fields, head, modified(path), draft=self._folder(path) == _DRAFTS)
        for name in texts("milestone", head.get("milestone")):
            row.fields["metadata"][HOME].update(self._milestones.get(name.lower(), {}))
        for name in texts("parent_task_id", head.get("parent_task_id")):
            adopt(row, self._ids.resolve(name), notices)
        for name in texts("dependencies", head.get("dependencies")):
            depend(row, self._ids.resolve(name), notices)
        check_row(row)
        if task_id != written:
            notices.append(("repeated_id", f"the id {written} stands here again; it became {task_id}."))
        self._report_all(row.where, notices)


def _markdown_files(root: Path) -> list[Path]:
    """Every Markdown file below `root` in the order of paths, but for hidden folders."""
    found = (path for path in root.rglob("*.md") if path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(root).parts))
