"""The in-process graph: read from the primary store when it is first asked, and brought up to the log at each question.

It keeps no files and needs no upkeep, so it answers whenever nothing else can.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

from vespera_core.builtin.graph.holding import Holding
from vespera_core.errors import EngineFault
from vespera_core.model.event import TASK
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.query import EventQuery
from vespera_core.ports.graph import Direction, Graph
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Reader, Storage

MANY: Final = 2_000
"""Past so many new events (and a quarter of the tasks held), reading everything anew beats reading single tasks."""


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Make hundreds of thousands of arrows without Python looking through them for circles: half the time goes there.

    Whoever found the collector at rest leaves it so.
    """
    runs = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if runs:
            gc.enable()


class MemoryGraph(Graph):
    """Every answer is for the log as it stands when the question is asked."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._guard = Lock()
        self._held: Holding | None = None
        self._position = 0
        self._structure: Structure | None = None

    @contextmanager
    def _present(self) -> Iterator[tuple[Holding, Reader]]:
        """What is held, brought up to a snapshot, with that snapshot.

        The snapshot comes before the guard: whoever asks from within a snapshot waits for nobody who needs one. What is
        held may be past it by then, and a later one is taken. A log that is shorter than before is another log.
        """
        while True:
            known = self._position
            with self._storage.read() as reader, self._guard:
                position = reader.position()
                if known <= position < self._position:
                    continue
                yield self._brought_to(position, reader), reader
                return

    def _brought_to(self, position: int, reader: Reader) -> Holding:
        held = self._held
        if held is None or not 0 <= position - self._position <= MANY + len(held) // 4:
            held = self._filled(reader)
        elif position > self._position:
            self._follow(held, reader)
        self._position = position
        return held

    def _filled(self, reader: Reader) -> Holding:
        self._held, self._structure = None, None
        held = Holding()
        with _collector_paused():
            held.fill(reader)
        self._held = held
        return held

    def _follow(self, held: Holding, reader: Reader) -> None:
        rows = reader.event_rows(EventQuery(after_seq=self._position))
        named = {row.entity for row in rows if row.entity_type == TASK}
        if named:
            self._held, self._structure = None, None  # until all is taken: what fails half way is read anew
            held.take(reader, named)
            self._held = held

    def structure(self) -> Structure:
        with self._present() as (held, _):
            found = self._structure
            if found is None:
                with _collector_paused():
                    found = Structure(self._position, held.nodes(), held.edges())
            elif found.position != self._position:
                found = Structure(self._position, found.nodes, found.edges)
            self._structure = found
            return found

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        with self._present() as (held, _), _collector_paused():
            return held.arrows.reach(ids, direction, hops)

    def path(self, source: str, target: str) -> list[str]:
        with self._present() as (held, _), _collector_paused():
            return held.arrows.path(source, target)

    def neighbours(self, task_id: str) -> list[Edge]:
        with self._present() as (held, reader):
            if not held.holds(task_id):
                return []
            incoming = reader.edges((task_id,), incoming=True)
            return sorted({*held.outgoing(task_id), *(edge for edge in incoming if held.holds(edge.source))})

    def close(self) -> None:
        """Let go of what is held; a later question reads it anew."""
        with self._guard:
            self._held, self._structure, self._position = None, None, 0


def open_memory(_settings: dict[str, Any], context: OpenContext) -> Graph:
    """Open the graph on the primary store."""
    if context.storage is None:
        raise EngineFault("The in-process graph reads the primary store, and was opened without one.")
    return MemoryGraph(context.storage)
