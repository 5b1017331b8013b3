"""Figures of the searches of this process: a few counters, and the times of the last thousand."""

from __future__ import annotations

import time
from collections import Counter, deque
from threading import Lock
from typing import NamedTuple

KEPT = 1_000


class Reading(NamedTuple):
    """What the counters say: searches by mode, sorted times in milliseconds, and counts of what happened to them."""

    searches: dict[str, int]
    times: list[float]
    without_result: int
    degraded: int

    def percentile(self, share: float) -> float:
        """The time that this share of the searches did not pass; 0 where there was none."""
        return self.times[min(len(self.times) - 1, int(len(self.times) * share))] if self.times else 0.0

    def share(self, count: int) -> float:
        """A count as a share of all searches."""
        total = sum(self.searches.values())
        return round(count / total, 4) if total else 0.0


class Meter:
    """Counts searches. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._searches: Counter[str] = Counter()
        self._times: deque[float] = deque(maxlen=KEPT)
        self._without_result = self._degraded = 0
        self._told = time.monotonic()

    def is_due(self, seconds: float) -> bool:
        """Whether so much time has passed since the last time this was so."""
        with self._lock:
            now = time.monotonic()
            due = now - self._told >= seconds
            self._told = now if due else self._told
            return due

    def count(self, mode: str, milliseconds: float, *, found: bool, degraded: bool) -> None:
        """Note a search."""
        with self._lock:
            self._searches[mode] += 1
            self._times.append(milliseconds)
            self._without_result += not found
            self._degraded += degraded

    def read(self) -> Reading:
        """What has been counted so far."""
        with self._lock:
            return Reading(dict(self._searches), sorted(self._times), self._without_result, self._degraded)
