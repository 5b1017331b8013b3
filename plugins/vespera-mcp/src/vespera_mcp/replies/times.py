"""Times: a moment with how far off it is."""

from __future__ import annotations

from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.times import rfc3339


def until(moment: Micros, now: int) -> str:
    """A moment, and in how long it comes or how long ago it was."""
    seconds = (moment - now) // SECOND
    return f"{rfc3339(moment)[:19]}Z ({_span(abs(seconds))}{' left' if seconds >= 0 else ' ago'})"


def _span(seconds: int) -> str:
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size}{word}"
    return f"{seconds}s"
