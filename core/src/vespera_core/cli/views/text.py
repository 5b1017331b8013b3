"""The means of all views: cleaned text, tables, and the width of the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

_NAMED = {9: "\\t", 10: "\\n", 13: "\\r"}
_STEERING = (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029)
_ESCAPES = {code: _NAMED.get(code, f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}") for code in _STEERING}
"""Characters that move a terminal's cursor, change its state or reorder its text, made visible instead."""


def clean(text: object) -> str:
    """Stored text for one line of a terminal: nothing in it is obeyed."""
    shown = str(text)
    return shown if shown.isascii() and shown.isprintable() else shown.translate(_ESCAPES)


def block(text: str, indent: str = "  ") -> str:
    """Stored text of several lines, indented, each line cleaned."""
    return "\n".join(f"{indent}{clean(line)}".rstrip() for line in text.replace("\r\n", "\n").split("\n"))


def width_of(text: str) -> int:
    """How many columns a terminal needs for cleaned text."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def columns() -> int | None:
    """The width of the terminal; None where the output goes elsewhere, and nothing is cut short."""
    if not sys.stdout.isatty():
        return None
    if (said := os.environ.get("COLUMNS", "")).isdecimal():
        return int(said)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 80


def fitted(text: str, width: int) -> str:
    """Cleaned text, cut to a width with a mark of the cut."""
    if width_of(text) <= width:
        return text
    while text and width_of(text) > width - 1:
        text = text[:-1]
    return text + "\u2026"


def table(rows: Iterable[Sequence[Any]], indent: str = "  ") -> str:
    """Aligned columns, the last of which is cut to the width of the terminal; None is an empty cell."""
    cells = [["" if one is None else clean(one) for one in row] for row in rows]
    if not cells:
        return ""
    widths = [max(width_of(row[place]) for row in cells) for place in range(len(cells[0]))]
    room = columns()
    last = None if room is None else max(20, room - len(indent) - sum(widths[:-1]) - 2 * (len(widths) - 1))
    return "\n".join(_line(row, widths, last, indent) for row in cells)


def _line(row: list[str], widths: list[int], last: int | None, indent: str) -> str:
    head = [one + " " * (width - width_of(one)) for one, width in zip(row[:-1], widths[:-1], strict=True)]
    tail = row[-1] if last is None else fitted(row[-1], last)
    return (indent + "  ".join([*head, tail])).rstrip()


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def when(at: int | None) -> str:
    """A moment for people: to the second, in UTC."""
    if at is None:
        return ""
    from vespera_core.model.basics import Micros
    from vespera_core.model.times import rfc3339

    return rfc3339(Micros(at))[:19].replace("T", " ") + " UTC"
