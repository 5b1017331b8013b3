"""The network: a graph of tasks laid out for analysis.

A network never changes. What is costly to derive from it is made on first use and kept with it, so a caller that keeps
a network for each position of the log pays once. Tasks are numbered by their place among the sorted ids: whoever breaks
ties by number breaks them by id, whatever back end the structure came from.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from itertools import repeat
from typing import Any, TypeVar

import numpy as np

from vespera_core.analysis.arrays import Ints, Mask, Rows, ints, mask_of
from vespera_core.errors import NotFound
from vespera_core.model.graph import GraphNode, Structure
from vespera_core.model.task import DEPENDS_ON

T = TypeVar("T")
_KEPT_AT_MOST = 64


class Network:
    """A structure with numbers for its tasks. Edges that lead to no known task are left out.

    Parents come from the nodes, dependencies from the edges. Both may hold circles: structures can come from outside.
    """

    def __init__(self, structure: Structure) -> None:
        by_id = {node.task_id: node for node in structure.nodes}
        self.structure = structure
        self.ids: tuple[str, ...] = tuple(sorted(by_id))
        self.nodes: tuple[GraphNode, ...] = tuple(by_id[one] for one in self.ids)
        self.number_of: dict[str, int] = {one: at for at, one in enumerate(self.ids)}
        self._kept: dict[Hashable, Any] = {}
        self.origin: Network | None = None

    @classmethod
    def derived(
        cls, base: Network, ids: tuple[str, ...], nodes: tuple[GraphNode, ...], rows: Mapping[str, Iterable[str]]
    ) -> Network:
        """A network of these tasks, sorted, with the dependencies of another but for the rows that are given anew."""
        made = cls(Structure(base.structure.position, (), ()))
        made.structure, made.ids, made.nodes = Structure(base.structure.position, nodes, ()), ids, nodes
        made.number_of = base.number_of if ids is base.ids else {one: at for at, one in enumerate(ids)}
        made.__dict__["needs"] = _overlaid(base, made, rows)
        made.origin = base
        return made

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def by_id(self) -> dict[str, GraphNode]:
        """Tasks by id."""
        return dict(zip(self.ids, self.nodes, strict=True))

    @cached_property
    def origins(self) -> Ints:
        """For a derived network each task's number in the one that it came from, -1 for what was added."""
        if self.origin is None or self.ids is self.origin.ids:
            return np.arange(len(self))
        return ints(map(self.origin.number_of.get, self.ids, repeat(-1)))

    @cached_property
    def changed(self) -> list[int]:
        """For a derived network the numbers of tasks that are not as they were in the one that it came from."""
        before = {} if self.origin is None else self.origin.by_id
        return [at for at, node in enumerate(self.nodes) if before.get(node.task_id) is not node]

    def number(self, task_id: str) -> int:
        """The number of a task; raises NotFound for an id that is not here."""
        at = self.number_of.get(task_id)
        if at is None:
            raise NotFound(f"No task {task_id!r} is in the graph.", task_id=task_id)
        return at

    def names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """The ids of these numbers, in the order given."""
        return tuple(self.ids[at] for at in numbers)

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once for each key; the oldest is let go where there are many."""
        if key not in self._kept:
            if len(self._kept) >= _KEPT_AT_MOST:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    @cached_property
    def needs(self) -> Rows:
        """Task to the tasks that it depends on."""
        find, missing = self.number_of.get, repeat(-1)
        edges = [edge for edge in self.structure.edges if edge[1] == DEPENDS_ON]
        sources = ints(map(find, [edge[0] for edge in edges], missing))
        targets = ints(map(find, [edge[2] for edge in edges], missing))
        known = (sources >= 0) & (targets >= 0)
        return Rows.of(len(self), sources[known], targets[known])

    @property
    def needed_by(self) -> Rows:
        """Task to the tasks that depend on it."""
        return self.needs.turned

    @cached_property
    def parent(self) -> Ints:
        """Each task's parent, -1 without one."""
        find = self.number_of.get
        return ints(-1 if node.parent_id is None else find(node.parent_id, -1) for node in self.nodes)

    @cached_property
    def children(self) -> Rows:
        """Task to its children."""
        below = np.flatnonzero(self.parent >= 0)
        return Rows.of(len(self), self.parent[below], below)

    @cached_property
    def open(self) -> Mask:
        """Which tasks are open."""
        return np.array([node.open for node in self.nodes], dtype=np.bool_)

    @cached_property
    def projects(self) -> tuple[list[str], Ints]:
        """Ids of the projects, and the number of each task's project among them."""
        numbers: dict[str, int] = {}
        number = ints(numbers.setdefault(node.project_id, len(numbers)) for node in self.nodes)
        return list(numbers), number

    def of_project(self, project_id: str | None) -> Mask:
        """Which tasks belong to a project; all of them for None."""
        if project_id is None:
            return np.ones(len(self), dtype=np.bool_)
        names, number = self.projects
        mine: Mask = number == (names.index(project_id) if project_id in names else -1)
        return mine


def _overlaid(base: Network, made: Network, rows: Mapping[str, Iterable[str]]) -> Rows:
    """The dependencies of `base` in the numbers of `made`, with some rows replaced."""
    if not rows and made.ids is base.ids:
        return base.needs
    number = np.arange(len(base)) if made.ids is base.ids else ints(map(made.number_of.get, base.ids, repeat(-1)))
    sources, targets = number[base.needs.owners], number[base.needs.items]
    replaced = mask_of(len(made), [made.number_of[one] for one in rows if one in made.number_of])
    there = (sources >= 0) & (targets >= 0)
    sources, targets = sources[there], targets[there]
    kept = ~replaced[sources]
    pairs = [
        (made.number_of[source], made.number_of[target])
        for source, needed in rows.items()
        for target in needed
        if source in made.number_of and target in made.number_of
    ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Rows.of(
        len(made), np.concatenate((sources[kept], table[:, 0])), np.concatenate((targets[kept], table[:, 1]))
    )
