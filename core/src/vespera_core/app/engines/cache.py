"""A cache of answers that stay true while the log stands still."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

from vespera_core.model.record import record

V = TypeVar("V")

SIZES: Final = {"roles": 100, "tasks": 1_000, "searches": 500}
"""How many answers each cache keeps, unless the settings say otherwise."""


@record(frozen=True, slots=True, kw_only=True)
class CacheFigures:
    """How a cache has done: what it holds at most and now, and how often it had the answer."""

    size: int
    held: int
    hits: int
    misses: int

    @property
    def hit_rate(self) -> float:
        asked = self.hits + self.misses
        return self.hits / asked if asked else 0.0


class Cache(Generic[V]):
    """The answers that were used last, each for one caller's scope at one position of the log.

    Nothing has to be thrown out when something changes: a later position asks for another key, and old ones age out.
    Every method may be called from any thread.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = Lock()
        self._hits = self._misses = 0

    def get(self, position: int, scope: Hashable, question: Hashable, answer: Callable[[], V]) -> V:
        """The kept answer to a question, or the one that is made now and kept; what raises is not kept."""
        key = (position, scope, question)
        with self._lock:
            if key in self._kept:
                self._hits += 1
                self._kept.move_to_end(key)
                return self._kept[key]
            self._misses += 1
        made = answer()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return made

    def figures(self) -> CacheFigures:
        """How it has done so far."""
        with self._lock:
            return CacheFigures(size=self._size, held=len(self._kept), hits=self._hits, misses=self._misses)
