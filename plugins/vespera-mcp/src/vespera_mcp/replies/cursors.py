"""Cursors of replies: where a page of the store starts, and how many of it were told already."""

from __future__ import annotations

from vespera_core.errors import InvalidInput

_MARK = "+"


def split(cursor: str | None) -> tuple[str | None, int]:
    """The store's own cursor, and how many lines of the page behind it to pass over."""
    if cursor is None:
        return None, 0
    skip, mark, store = cursor.partition(_MARK)
    if not mark:
        return cursor, 0
    if not (skip.isascii() and skip.isdecimal() and len(skip) < 8):
        raise InvalidInput(
            "The cursor does not belong to this listing.", field="cursor", next="Start without a cursor."
        )
    return store or None, int(skip)


def joined(store: str | None, skip: int) -> str | None:
    """The cursor that goes on after so many lines of the page behind the store's own; None for the first page."""
    return f"{skip}{_MARK}{store or ''}" if skip else store
