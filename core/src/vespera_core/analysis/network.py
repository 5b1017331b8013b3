"""The network: a graph of tasks laid out for analysis.

A network never changes. What is costly to derive from it is made on first use and kept with it, so a caller that keeps
a network for each position of the log pays once. Tasks are numbered by their place among the sorted ids: whoever breaks
ties by number breaks them by id, whatever back end the structure came from.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from itertools import repeat
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from vespera_core.analysis.arrays import Ints, Mask, Rows, ints
from vespera_core.errors import NotFound
from vespera_core.model.graph import GraphNode, Structure
from vespera_core.model.task import DEPENDS_ON

T = TypeVar("T")
_KEPT_AT_MOST = 64
_CATEGORY = "U16"
NEVER = -(2**62)
"""Earlier than every moment."""


class Origin:
    """Where a network comes from that was made of another one.

    `fates` are the numbers that the other one's tasks have now, -1 for those that are gone; `numbers` the other way
    round, -1 for tasks that were added.
    """

    def __init__(self, network: Network, fates: Ints, count: int) -> None:
        self.network = network
        self.fates = fates
        self.numbers = np.full(count, -1, dtype=np.int64)
        there = np.flatnonzero(fates >= 0)
        self.numbers[fates[there]] = there


class Network:
    """A structure with numbers for its tasks. Edges that lead to no known task are left out.

    Parents come from the nodes, dependencies from the edges. Both may hold circles: structures can come from outside.
    `changed` are the numbers of the tasks that are not as they were in the `origin`, where there is one.
    """

    def __init__(self, structure: Structure) -> None:
        by_id = {node.task_id: node for node in structure.nodes}
        self.structure = structure
        self.ids: tuple[str, ...] = tuple(sorted(by_id))
        self.nodes: tuple[GraphNode, ...] = tuple(by_id[one] for one in self.ids)
        self.origin: Origin | None = None
        self.changed: list[int] = []
        self._kept: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def number_of(self) -> dict[str, int]:
        """Numbers by id."""
        if self.origin is not None and self.ids is self.origin.network.ids:
            return self.origin.network.number_of
        return dict(zip(self.ids, range(len(self.ids)), strict=True))

    def column(self, of: Callable[[Network], npt.NDArray[Any]], value: Callable[[GraphNode], Any]) -> npt.NDArray[Any]:
        """A value of each task, taken over from the column `of` the origin where a task has not changed."""
        if self.origin is None or not len(self.origin.network):
            return np.array([value(node) for node in self.nodes])
        column = of(self.origin.network)[self.origin.numbers]
        for at in self.changed:
            column[at] = value(self.nodes[at])
        return column

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
        if self.origin is None or not len(self.origin.network):
            return ints(-1 if node.parent_id is None else find(node.parent_id, -1) for node in self.nodes)
        before = self.origin.network.parent[self.origin.numbers]
        parent = np.where(before >= 0, self.origin.fates[before], -1)
        for at in self.changed:
            parent[at] = find(self.nodes[at].parent_id or "", -1)
        return parent

    @cached_property
    def children(self) -> Rows:
        """Task to its children."""
        below = np.flatnonzero(self.parent >= 0)
        return Rows.of(len(self), self.parent[below], below)

    @cached_property
    def open(self) -> Mask:
        """Which tasks are open."""
        return self.column(lambda one: one.open, attrgetter("open")).astype(np.bool_)

    @cached_property
    def category(self) -> npt.NDArray[np.str_]:
        """The category of each task's status."""
        return self.column(lambda one: one.category, attrgetter("category")).astype(_CATEGORY)

    @cached_property
    def deferral(self) -> Ints:
        """The moment until which each task is put off, `NEVER` for none."""
        return self.column(lambda one: one.deferral, lambda node: node.defer_until or NEVER).astype(np.int64)

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


class Derived(Network):
    """A network that was made from another one, for tasks that are sorted already. Its maker sets what they need."""

    origin: Origin

    def __init__(self, origin: Origin, ids: tuple[str, ...], nodes: tuple[GraphNode, ...]) -> None:
        super().__init__(Structure(origin.network.structure.position, (), ()))
        self.structure = Structure(self.structure.position, nodes, ())
        self.ids, self.nodes, self.origin = ids, nodes, origin
