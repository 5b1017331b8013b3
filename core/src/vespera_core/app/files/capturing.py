"""Capturing: a selection, or a note about a line, becomes a task that refers to where it was made."""

from __future__ import annotations

import re
from textwrap import indent
from typing import Any, Final

from vespera_core.app.answers import CreateAnswer
from vespera_core.app.files.references import REFERENCES, check_file, reference
from vespera_core.app.files.requests import CaptureTask
from vespera_core.app.requests import CreateTask
from vespera_core.app.tasks.creation import create_task
from vespera_core.app.unit import Unit
from vespera_core.model.basics import check_text

_TITLE: Final = 120
_MARKS: Final = re.compile(r"^[\s#/*;<!>%-]*(?:(?:TODO|FIXME|XXX|HACK|BUG)\b[:\s-]*)?", re.IGNORECASE)


def capture(unit: Unit, request: CaptureTask) -> CreateAnswer:
    """Make the task. Raises what making a task raises, and InvalidInput for a place that no file has."""
    check_text("text", request.text)
    check_text("note", request.note)
    found = reference(check_file(request.file), request.start_line, request.end_line)
    asked = CreateTask(
        title=request.title if request.title is not None else _title(request, found),
        description=_description(request, found), metadata={REFERENCES: [found]}, type=request.type,
        priority=request.priority, role=request.role, tags=request.tags, project_id=request.project_id,
        parent_id=request.parent_id,
    )  # fmt: skip
    return create_task(unit, asked)


def _title(request: CaptureTask, found: dict[str, Any]) -> str:
    """The first words of what was said, without the marks of a comment."""
    for line in (*request.note.splitlines(), *request.text.splitlines()):
        if words := " ".join(_MARKS.sub("", line).split()):
            return words if len(words) <= _TITLE else words[: _TITLE - 3] + "..."
    return f"Look at {_where(found)}"[: 4 * _TITLE]


def _description(request: CaptureTask, found: dict[str, Any]) -> str:
    quoted = f":\n\n{indent(request.text.strip(chr(10)), '    ')}" if request.text.strip() else "."
    note = f"{request.note.strip()}\n\n" if request.note.strip() else ""
    return f"{note}From {_where(found)}{quoted}"


def _where(found: dict[str, Any]) -> str:
    if "start_line" not in found:
        return str(found["file"])
    first, last = found["start_line"], found["end_line"]
    return f"{found['file']}, " + (f"line {first}" if first == last else f"lines {first} to {last}")
