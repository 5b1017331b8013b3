"""A clock that is moved by hand."""

from __future__ import annotations

from typing import Final

START: Final = 1_800_000_000_000_000
"""Where it stands at first: microseconds since the epoch."""
SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def advance(self, seconds: float) -> int:
        """Move on, or back; answers the new moment."""
        self.at += int(seconds * SECOND)
        return self.at
