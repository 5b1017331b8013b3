"""JSON Lines: one object a line, read as a stream whatever the file's size."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from vespera_core.errors import InvalidImport, InvalidInput
from vespera_core.interchange.reading import (
    CheckedSource,
    check_path,
    decode_json,
    decode_utf8,
    modified,
    opened,
    reason,
)
from vespera_core.ports.format import ImportRow

MAX_LINE: Final = 64 * 1024 * 1024
"""Longer lines are refused: without an end of line in sight, a stream would no longer be one."""

_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_BOM: Final = b"\xef\xbb\xbf"


class LinesSource(CheckedSource):
    """A file of JSON Lines. Subclasses say what an object means; what is wrong with a line is said here."""

    def __init__(self, path: Path, skip_invalid: bool) -> None:
        super().__init__(path, skip_invalid)
        check_path(path)
        self._seen: set[str] = set()
        self._closing = modified(path)

    def rows(self) -> Iterator[ImportRow]:
        self._begin()
        self._seen.clear()
        lines = self._lines()
        self._start(lines)
        for number, line in lines:
            try:
                row = self._row(parse_line(line), f"line {number}")
            except (InvalidInput, RecursionError) as error:
                self._invalid(f"line {number}", explained(line, error))
                continue
            if row is not None:
                yield row

    def _start(self, lines: Iterator[tuple[int, bytes]]) -> None:
        """Take from `lines` what stands before the rows; nothing does in most formats."""

    @abstractmethod
    def _row(self, data: dict[str, Any], where: str) -> ImportRow | None:
        """What the object of one line becomes; None for lines that are no task. Raises InvalidInput."""

    def total(self) -> int:
        with opened(self._path) as stream:
            return sum(block.count(b"\n") for block in iter(partial(stream.read, 1 << 20), b""))

    def _claim(self, task_id: str) -> None:
        """Remember an id; raises InvalidInput where an earlier line has it."""
        if task_id in self._seen:
            raise InvalidInput(f"duplicate id: {task_id} stands on an earlier line too.")
        self._seen.add(task_id)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Every line that is not blank, with its number."""
        with opened(self._path) as stream:
            for number, line in enumerate(iter(partial(stream.readline, MAX_LINE + 1), b""), 1):
                if len(line) > MAX_LINE:
                    raise InvalidImport(f"line {number}: longer than {MAX_LINE:,} bytes.", where=f"line {number}")
                text = _first(line) if number == 1 else line
                if text and not text.isspace():
                    yield number, text


def _first(line: bytes) -> bytes:
    """The first line without the mark that some editors put before it."""
    if line.startswith(_UTF16):
        raise InvalidImport("line 1: wrong encoding: this is UTF-16 text; save the file as UTF-8.", where="line 1")
    return line.removeprefix(_BOM)


def parse_line(line: bytes) -> dict[str, Any]:
    """The JSON object on a line; raises InvalidInput."""
    data = decode_json(decode_utf8(line))
    if not isinstance(data, dict):
        raise InvalidInput(f"a row is a JSON object, not {type(data).__name__}.")
    return data


def explained(line: bytes, error: InvalidInput | RecursionError) -> str:
    """The message for a line; says so where the file seems to end in the middle of it."""
    message = reason(error).replace("(line 1, column", "(column")
    if message.startswith("malformed") and not line.endswith(b"\n"):
        return f"{message.removesuffix('.')}; the file ends here without an end of line: it seems truncated."
    return message
