"""Fencing: text of the ledger as data. None of it can pass for a line of ours, wherever it came from."""

from __future__ import annotations

import re
from typing import Final

CELL: Final = 100
"""Characters of a text in a line, where not all of it is wanted."""

_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_TICKS: Final = re.compile(r"`{3,}")


def cell(text: object, most: int | None = CELL) -> str:
    """A text within one line, cut to `most` characters with a mark of the cut."""
    shown = str(text)
    if most is not None and len(shown) > most * 4:
        shown = shown[: most * 4]
    if not (shown.isascii() and shown.isprintable()) or "  " in shown:
        shown = _BLANK.sub(" ", shown)
    shown = shown.strip()
    return shown if most is None or len(shown) <= most else f"{shown[: most - 1]}…"


def fenced(text: str) -> str:
    """A text of several lines between fences that are longer than any within it."""
    shown = _STEERING.sub("", text)
    fence = "`" * max((len(one) + 1 for one in _TICKS.findall(shown)), default=3)
    return f"{fence}\n{shown}\n{fence}"
