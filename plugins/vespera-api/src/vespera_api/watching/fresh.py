"""Looks that cost something: shared by all who ask at the same time, and kept for a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Fresh(Generic[T]):
    """What `look` found at most `seconds` ago: asking again and again loads the store no more than once in a while.

    Looks are taken one at a time, on no thread of the bridge: they say how things are while all of these are busy.
    """

    def __init__(self, look: Callable[[], T], seconds: float) -> None:
        self._look = look
        self._seconds = seconds
        self._kept: T | None = None
        self._until = 0.0
        self._pending: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The kept look, or a new one. Raises what looking raises, and TimeoutError where it takes too long."""
        if self._kept is not None and time.monotonic() < self._until:
            return self._kept
        if self._pending is None or self._pending.done():
            self._pending = asyncio.create_task(asyncio.to_thread(self._look))
        pending = self._pending
        found = await asyncio.wait_for(asyncio.shield(pending), _PATIENCE)
        if self._pending is pending:
            self._kept, self._until, self._pending = found, time.monotonic() + self._seconds, None
        return found


_PATIENCE = 5.0
"""Seconds after which whoever asks is told that there is no answer."""
