"""References: how a task says which file, and which lines of it, it is about.

They stand in its metadata: ``{"references": [{"file": "src/app.py", "start_line": 3, "end_line": 7}]}``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any, Final

from vespera_core.app.files.answers import Lines
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import check_text

REFERENCES: Final = "references"
MAX_LINE: Final = 10_000_000
_MAX_PATH: Final = 4096


def check_file(path: str) -> str:
    """The path in its shortest form. Raises InvalidInput for one that leads out of the workspace."""
    check_text("file", path, _MAX_PATH, empty=False)
    short = posixpath.normpath(path)
    if path.startswith("/") or short in (".", "..") or short.startswith("../") or not path.isprintable():
        raise InvalidInput(
            "file is no path of a file within the workspace.", field="file",
            next="Give it from the workspace's root, with '/' between its parts, such as 'src/app.py'.",
        )  # fmt: skip
    return short


def reference(file: str, start: int | None, end: int | None) -> dict[str, Any]:
    """A reference as metadata keeps it. Raises InvalidInput for lines that no file has."""
    if start is None and end is None:
        return {"file": file}
    first = 1 if start is None else start
    last = first if end is None else end
    for name, line in (("start_line", first), ("end_line", last)):
        if isinstance(line, bool) or not isinstance(line, int) or not 1 <= line <= MAX_LINE:
            raise InvalidInput(f"{name} is a whole number from 1 to {MAX_LINE:,}, not {line!r}.", field=name)
    if last < first:
        raise InvalidInput(f"end_line is {first} or more, since start_line is {first}.", field="end_line")
    return {"file": file, "start_line": first, "end_line": last}


def places(metadata: dict[str, Any], file: str) -> Iterator[Lines | None]:
    """What the references of a task say of a file: lines, or None for all of it. What is none is passed over."""
    found = metadata.get(REFERENCES)
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and _shortest(one.get("file")) == file:
            first, last = one.get("start_line"), one.get("end_line")
            yield Lines(first, last) if type(first) is int and type(last) is int else None


def mention(file: str) -> re.Pattern[str]:
    """Finds a file's path in a text, where it is not a part of a longer one."""
    return re.compile(rf"(?<![\w/.~-])(?:\./)?{re.escape(file)}(?![\w/-]|\.\w)")


def _shortest(path: object) -> str | None:
    return posixpath.normpath(path) if isinstance(path, str) and path else None
