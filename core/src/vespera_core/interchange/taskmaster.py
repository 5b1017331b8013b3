"""Import of Task Master: ``tasks.json``, where tags hold tasks and tasks hold sub-tasks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vespera_core.errors import InvalidImport, InvalidInput
from vespera_core.interchange.reading import (
    CheckedSource,
    check_path,
    check_row,
    decode_json,
    depend,
    modified,
    read_text,
    reason,
    shown,
)
from vespera_core.interchange.taskmaster_ids import Entry, Ids, entries_of, tags_of
from vespera_core.interchange.taskmaster_values import fill
from vespera_core.ports.format import ImportRow


class TaskmasterSource(CheckedSource):
    """Tasks and sub-tasks of every tag. The file is one JSON value, so it is held in memory as a whole."""

    drops_cycles = True

    def __init__(self, path: Path, skip_invalid: bool) -> None:
        super().__init__(path, skip_invalid)
        check_path(path)
        try:
            self._tags = tags_of(decode_json(read_text(path)))
        except InvalidInput as error:
            hint = " The file may be truncated." if "malformed" in error.message else ""
            raise InvalidImport(shown(f"{path.name}: {error.message}{hint}"), where=path.name) from None
        self._closing = modified(path)

    def total(self) -> int:
        return sum(1 for tag in self._tags for _ in entries_of(tag))

    def rows(self) -> Iterator[ImportRow]:
        self._begin()
        ids = Ids(self._tags)
        for tag in self._tags:
            for entry in entries_of(tag):
                try:
                    row = self._row(entry, ids)
                except (InvalidInput, RecursionError) as error:
                    self._invalid(entry.where, reason(error))
                    continue
                yield row

    def _row(self, entry: Entry, ids: Ids) -> ImportRow:
        task_id = ids.take(entry)
        row = ImportRow(entry.where, {"task_id": task_id})
        notices = fill(row.fields, entry, self._closing)
        if entry.parent is not None:
            row.parents.append(ids.of_parent())
        for target in ids.dependencies(entry):
            depend(row, target, notices)
        check_row(row)
        if task_id != ids.plain(entry):
            notices.append(("repeated_id", f"the id {ids.plain(entry)} stands here again; it became {task_id}."))
        self._report_all(entry.where, notices)
        return row
