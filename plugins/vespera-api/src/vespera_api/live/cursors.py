"""Cursors: places in the log, as callers hold them. They are those of every way to read events."""

from __future__ import annotations

import re
from typing import Final

from vespera_core.errors import InvalidInput

_CURSOR: Final = re.compile(r"[0-9]{1,18}")


def cursor_of(position: int) -> str:
    """The cursor that says "everything up to here was seen"."""
    return str(position)


def position_of(cursor: str) -> int:
    """The place behind a cursor. Raises InvalidInput for a text that was never given out as one."""
    if not _CURSOR.fullmatch(cursor):
        raise InvalidInput(
            "The cursor is none of this log's.", field="cursor",
            next="Send one that came with an event, or leave it out to begin with what happens from now on.",
        )  # fmt: skip
    return int(cursor)


def check_position(position: int, end: int) -> int:
    """The same place; raises InvalidInput where the log ends before it, as after a backup was brought back."""
    if position > end:
        raise InvalidInput(
            "The cursor is beyond the end of the log: it was given out by another one.", field="cursor",
            next="Begin without a cursor, after reading the present state.",
        )  # fmt: skip
    return position
