"""Cursors: where the next page begins, also where a reply had no room for the whole of a page.

The store's cursor says where a page begins; behind it stands how many of its tasks were told.
"""

from __future__ import annotations

from typing import Final

_MARK: Final = "~"
_DIGITS: Final = 4


def split(cursor: str | None) -> tuple[str | None, int]:
    """The store's cursor, and how many tasks of the page behind it were told."""
    start, mark, told = (cursor or "").rpartition(_MARK)
    if mark and told.isascii() and told.isdecimal() and len(told) <= _DIGITS:
        return start or None, int(told)
    return cursor or None, 0


def joined(cursor: str | None, told: int) -> str:
    """The cursor of the next reply, where so many tasks of the page behind the store's cursor were told."""
    return f"{cursor or ''}{_MARK}{told}" if told else cursor or ""
