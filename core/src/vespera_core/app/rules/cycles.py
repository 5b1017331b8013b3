"""Cycles: no task may wait for itself, by dependencies, by its place in the tree, or by both together.

Every task has a start and a finish. A task starts after the finish of what it depends on and after the start of its
parent; a parent finishes after its children; a task finishes after its start. A relation or a move that would close a
circle among these is refused. Relations of deleted tasks count, so that bringing one back is always safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from vespera_core.errors import CycleRefused
from vespera_core.model.graph import Edge
from vespera_core.model.task import CHILD_OF, DEPENDS_ON
from vespera_core.ports.storage import Reader


class Moment(NamedTuple):
    """The start or the finish of a task."""

    task_id: str
    finish: bool


def start(task_id: str) -> Moment:
    return Moment(task_id, finish=False)


def finish(task_id: str) -> Moment:
    return Moment(task_id, finish=True)


class _Graph:
    """What each moment waits for (or, backward, what waits for it), read from a snapshot as the search goes on."""

    def __init__(self, reader: Reader, added: Sequence[Edge], removed: Sequence[Edge]) -> None:
        self._reader = reader
        self._added = added
        self._removed = frozenset(removed)

    def _edges(self, ids: Sequence[str], *, incoming: bool) -> Iterable[Edge]:
        if not ids:
            return
        for edge in sorted(self._reader.edges(ids, incoming=incoming)):  # every store shows the same circle
            if edge not in self._removed:
                yield edge
        wanted = set(ids)
        yield from (edge for edge in self._added if (edge.target if incoming else edge.source) in wanted)

    def needs(self, moments: Sequence[Moment]) -> Iterable[tuple[Moment, Moment]]:
        """(moment, what it waits for) pairs."""
        starts = [one.task_id for one in moments if not one.finish]
        finishes = [one.task_id for one in moments if one.finish]
        for task_id in finishes:
            yield finish(task_id), start(task_id)
        for edge in self._edges(finishes, incoming=True):
            if edge.kind == CHILD_OF:
                yield finish(edge.target), finish(edge.source)
        for edge in self._edges(starts, incoming=False):
            if edge.kind == CHILD_OF:
                yield start(edge.source), start(edge.target)
            elif edge.kind == DEPENDS_ON:
                yield start(edge.source), finish(edge.target)

    def needed_by(self, moments: Sequence[Moment]) -> Iterable[tuple[Moment, Moment]]:
        """(moment, what waits for it) pairs."""
        starts = [one.task_id for one in moments if not one.finish]
        finishes = [one.task_id for one in moments if one.finish]
        for task_id in starts:
            yield start(task_id), finish(task_id)
        for edge in self._edges(starts, incoming=True):
            if edge.kind == CHILD_OF:
                yield start(edge.target), start(edge.source)
        for edge in self._edges(finishes, incoming=True):
            if edge.kind == DEPENDS_ON:
                yield finish(edge.target), start(edge.source)
        for edge in self._edges(finishes, incoming=False):
            if edge.kind == CHILD_OF:
                yield finish(edge.source), finish(edge.target)


def _path(graph: _Graph, source: Moment, target: Moment) -> list[Moment] | None:
    """The moments from `source` to what it waits for in the end, `target`; None where it does not wait for it.

    Breadth first from both ends, the smaller frontier next: most pairs are settled by the side that soon has nowhere to
    go, whatever the size of the graph.
    """
    forward: dict[Moment, Moment | None] = {source: None}
    backward: dict[Moment, Moment | None] = {target: None}
    heads, tails = [source], [target]
    if source == target:
        return [source]
    while heads and tails:
        if len(heads) <= len(tails):
            heads, met = _advance(graph.needs(heads), forward, backward)
        else:
            tails, met = _advance(graph.needed_by(tails), backward, forward)
        if met is not None:
            return [*reversed(_trail(forward, met)), *_trail(backward, met)[1:]]
    return None


def _advance(
    steps: Iterable[tuple[Moment, Moment]], seen: dict[Moment, Moment | None], other: dict[Moment, Moment | None]
) -> tuple[list[Moment], Moment | None]:
    frontier: list[Moment] = []
    for before, after in steps:
        if after not in seen:
            seen[after] = before
            if after in other:
                return frontier, after
            frontier.append(after)
    return frontier, None


def _trail(came_from: dict[Moment, Moment | None], moment: Moment) -> list[Moment]:
    trail = [moment]
    while (before := came_from[trail[-1]]) is not None:
        trail.append(before)
    return trail


def check_added(reader: Reader, added: Sequence[Edge], removed: Sequence[Edge] = ()) -> None:
    """Raise CycleRefused if the graph with `added` and without `removed` would have a circle through an added edge."""
    graph = _Graph(reader, added, removed)
    for edge in added:
        if edge.kind == DEPENDS_ON:
            pairs = [(finish(edge.target), start(edge.source))]
        elif edge.kind == CHILD_OF:
            pairs = [(start(edge.target), start(edge.source)), (finish(edge.source), finish(edge.target))]
        else:
            continue
        for source, target in pairs:
            path = _path(graph, source, target)
            if path is not None:
                raise _refusal(edge, path)


def _refusal(edge: Edge, path: list[Moment]) -> CycleRefused:
    cycle = shown_cycle([edge.source, *(moment.task_id for moment in path)])
    what = "its parent" if edge.kind == CHILD_OF else "a dependency"
    return CycleRefused(
        f"{edge.target} as {what} of {edge.source} would make it wait for itself: {' -> '.join(cycle)}.", cycle=cycle
    )


def shown_cycle(ids: Sequence[str]) -> list[str]:
    """The ids of a circle with neighbours that repeat drawn together, ending where it starts."""
    shown: list[str] = []
    for one in ids:
        if not shown or shown[-1] != one:
            shown.append(one)
    return shown if len(shown) > 1 and shown[0] == shown[-1] else [*shown, shown[0]]
