"""Pacing: which reads are done on the event loop itself, without a thread.

Handing a read to a thread costs as much as a short read does, and several such threads keep each other, and the loop,
from Python's one lock. Reads of a shape that has been short lately are therefore done at once; a shape is an operation
with the names of the fields that the request gives. One that takes long sends its shape back to the threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from time import perf_counter, thread_time
from typing import Any, Final, TypeVar

T = TypeVar("T")
Shape = tuple[object, ...]

PROOF: Final = 8
"""How many short runs in a row a new shape has to show."""

PENANCE: Final = 64
"""How many it has to show after a long one."""

LONG: Final = 0.005
"""Seconds of CPU time from which on a run is long: they do not depend on what else the machine does."""

BLOCKED: Final = 0.05
"""Seconds from which on a run is long that kept the loop from everything else, whatever it waited for."""

_MAX_SHAPES: Final = 1000


class Pace:
    """What is known of the shapes of one bridge; used from its loop and its threads."""

    def __init__(self) -> None:
        self._missing: dict[Shape, int] = {}

    def is_short(self, shape: Shape) -> bool:
        """Whether a read may be done at once."""
        return self._missing.get(shape) == 0

    def at_once(self, shape: Shape, work: Callable[[], T]) -> T:
        """Do it, on the loop."""
        begun, used = perf_counter(), thread_time()
        try:
            return work()
        finally:
            self._note(shape, thread_time() - used > LONG or perf_counter() - begun > BLOCKED)

    def measured(self, shape: Shape, work: Callable[[], T]) -> T:
        """Do it, in a thread, and learn how long it takes."""
        begun = thread_time()
        try:
            return work()
        finally:
            self._note(shape, thread_time() - begun > LONG)

    def _note(self, shape: Shape, long: bool) -> None:
        missing = self._missing.get(shape, PROOF)
        if len(self._missing) > _MAX_SHAPES:  # whoever asks tries every combination: none of them is worth keeping
            self._missing.clear()
        self._missing[shape] = PENANCE if long else max(0, missing - 1)


def shape_of(name: str, request: Any) -> Shape:
    """The operation, and the fields that are not as they are by default."""
    return (name, *(field for field, usual in _defaults(request.__class__) if getattr(request, field) != usual))


@cache
def _defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple((spec.name, spec.default) for spec in fields(kind))
