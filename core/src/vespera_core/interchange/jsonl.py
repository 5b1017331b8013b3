"""Import of our own format. The reader is strict: what it does not know, it refuses by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from vespera_core.errors import InvalidImport, InvalidInput
from vespera_core.interchange.jsonl_values import project_from, task_row
from vespera_core.interchange.jsonl_words import FORMAT, SCHEMA
from vespera_core.interchange.lines import LinesSource, explained, parse_line
from vespera_core.interchange.reading import reason, shown
from vespera_core.model.project import Project
from vespera_core.ports.format import ImportRow

_UPGRADE: Final = "Import it with the version of Vespera that wrote it, or a newer one."
_WRONG_FORMAT: Final = "Name the format that the file is in, or export it from Vespera as jsonl."


class JsonlSource(LinesSource):
    """An export of Vespera: a header, then projects, then tasks."""

    def projects(self) -> Iterable[Project]:
        """The projects: every line up to the first task. `rows` checks them again, so that its report is complete."""
        seen: set[str] = set()
        lines = self._lines()
        self._start(lines)
        for number, line in lines:
            try:
                data = _kind(parse_line(line))
                if "task" in data:
                    return
                yield _project(data, seen)
            except (InvalidInput, RecursionError) as error:
                self._invalid(f"line {number}", explained(line, error))

    def _start(self, lines: Iterator[tuple[int, bytes]]) -> None:
        self._projects: set[str] = set()
        self._past_projects = False
        number, line = next(lines, (1, b""))
        try:
            check_header(parse_line(line) if line else {})
        except (InvalidInput, RecursionError) as error:
            message = shown(f"line {number}: {reason(error)}")
            raise InvalidImport(message, next=_WRONG_FORMAT, where=f"line {number}") from None

    def _row(self, data: dict[str, Any], where: str) -> ImportRow | None:
        if "project" in _kind(data):
            if self._past_projects:
                raise InvalidInput("a project stands after the first task; projects come first.")
            _project(data, self._projects)
            return None
        self._past_projects = True
        row = task_row(data["task"], where)
        self._claim(row.fields["task_id"])
        return row


def check_header(data: dict[str, Any]) -> None:
    """Raise unless `data` is the header of a file that this version reads."""
    if data.get("format") != FORMAT or data.keys() != {"format", "schema"}:
        raise InvalidInput(
            f'this is not an export of Vespera: the header {{"format":"{FORMAT}","schema":{SCHEMA}}} is missing.'
        )
    schema = data["schema"]
    if isinstance(schema, bool) or schema != SCHEMA:
        raise InvalidImport(f"The file has schema {schema!r}; this version reads schema {SCHEMA}.", next=_UPGRADE)


def _kind(data: dict[str, Any]) -> dict[str, Any]:
    if data.keys() not in ({"project"}, {"task"}):
        raise InvalidInput(
            f"a line holds either a project or a task; this one has the keys {', '.join(data) or 'none'}."
        )
    return data


def _project(data: dict[str, Any], seen: set[str]) -> Project:
    project = project_from(data["project"])
    if project.project_id in seen:
        raise InvalidInput(f"duplicate id: project {project.project_id} stands on an earlier line too.")
    seen.add(project.project_id)
    return project
