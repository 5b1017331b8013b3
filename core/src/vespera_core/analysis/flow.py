"""The flow of open work: what must be over before what, as one weighted graph that all planning computes on.

Every open task has a start and a finish. A task starts after the finish of what it depends on and after the start of
its nearest open ancestor; a parent finishes after its children. A task on whose start nothing else hangs is one point
of the flow, every other one two. Closed and deleted tasks impose nothing, and only `depends_on` orders work.

Circles, which only a structure from outside can hold, are condensed: their tasks become points without work, so that
what stands before a circle still comes before what stands behind it. They are reported and take no part in plans.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from vespera_core.analysis.arrays import Ints, Mask, Rows, mask_of, reached
from vespera_core.analysis.knots import knots
from vespera_core.analysis.layers import Layers, depths
from vespera_core.analysis.network import Network


class Flow:
    """Points in the order of their tasks: `task` is each one's task (-1 for none), `before` what it waits for.

    `ends` marks points that are their task's finish; `start_of` and `finish_of` lead from a task to its points, -1
    for tasks that are not in the flow. `container` marks tasks with open children: they have no work of their own,
    because what they were estimated at is the work of their children and would count twice. `circular` are the tasks
    that wait for themselves, `layer` numbers the points so that each stands higher than all that it waits for.
    """

    def __init__(self, task: Ints, ends: Mask, before: Rows, layer: Ints, container: Mask, circular: Ints) -> None:
        self.task, self.ends, self.before, self.layer = task, ends, before, layer
        self.container, self.circular = container, circular
        self.start_of = np.full(len(container), -1, dtype=np.int64)
        self.finish_of = np.full(len(container), -1, dtype=np.int64)
        points, finishes = np.flatnonzero(task >= 0)[::-1], np.flatnonzero((task >= 0) & ends)
        self.start_of[task[points]] = points  # backwards: a start stands before its finish, and is written last
        self.finish_of[task[finishes]] = finishes

    def __len__(self) -> int:
        return len(self.task)

    @cached_property
    def tasks(self) -> Ints:
        """The numbers of the tasks that take part, ascending."""
        return self.task[self.ends & (self.task >= 0)]

    @cached_property
    def working(self) -> Mask:
        """Which points carry work: the finishes of tasks that are no containers."""
        return self.ends & (self.task >= 0) & ~self.container[self.task]

    @cached_property
    def forward(self) -> Layers:
        """To sum from the beginning of the work."""
        return Layers(self.before, self.layer)

    @cached_property
    def backward(self) -> Layers:
        """To sum from its end."""
        return Layers(self.before.turned, -self.layer)

    def weights(self, minutes: Ints) -> Ints:
        """Minutes by task as minutes by point."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        return np.where(self.working, minutes[self.task], 0)

    def restricted(self, wanted: Mask) -> Flow:
        """The points of the wanted tasks and all that these wait for in the end."""
        if wanted[self.tasks].all() and wanted[self.circular].all():
            return self
        points = np.flatnonzero((self.task >= 0) & wanted[self.task])
        kept = mask_of(len(self), reached(self.before, points.tolist()))
        number = np.cumsum(kept) - 1
        rows, items = self.before.owners, self.before.items
        inside = kept[rows] & kept[items]
        before = Rows.of(int(kept.sum()), number[rows[inside]], number[items[inside]])
        circular = self.circular[wanted[self.circular]]
        return Flow(self.task[kept], self.ends[kept], before, self.layer[kept], self.container, circular)


def flow_of(network: Network, project_id: str | None = None) -> Flow:
    """The flow of a project's open tasks and of the open tasks elsewhere that they wait for; of all tasks for None."""
    whole = network.kept("flow", lambda: _made(network))
    if project_id is None:
        return whole
    return network.kept(("flow", project_id), lambda: whole.restricted(network.of_project(project_id)))


def nearest_open(network: Network) -> Ints:
    """Each task's nearest open ancestor, -1 without one. Closed ones in between pass on what stands above them."""
    if not len(network):
        return network.parent
    own = np.append(np.arange(len(network)), -1)
    jump = np.where(np.append(network.open, False), own, np.append(network.parent, -1))
    for _ in range(len(network).bit_length() + 1):  # each round doubles the steps, and closed circles end nowhere
        jump = jump[jump]
    above = jump[network.parent]
    return np.where((above >= 0) & network.open[above], above, -1)


def _made(network: Network) -> Flow:
    above = nearest_open(network)
    below = np.flatnonzero(network.open & (above >= 0))
    held = mask_of(len(network), above[below].tolist())
    direct = below[network.parent[below] == above[below]]
    container = mask_of(len(network), above[direct].tolist())
    opened = np.flatnonzero(network.open)
    sizes = 1 + held[opened]
    finish, start = np.full((2, len(network)), -1, dtype=np.int64)
    finish[opened] = np.cumsum(sizes) - 1
    start[opened] = finish[opened] - held[opened]
    rows, items = network.needs.owners, network.needs.items
    both = network.open[rows] & network.open[items]
    alone = np.flatnonzero(held & ~container)
    pairs = (
        (start[rows[both]], finish[items[both]]),
        (start[below], start[above[below]]),
        (finish[above[direct]], finish[direct]),
        (finish[alone], start[alone]),
    )
    task = np.repeat(opened, sizes)
    before = Rows.of(len(task), np.concatenate([one for one, _ in pairs]), np.concatenate([one for _, one in pairs]))
    ends = mask_of(len(task), finish[opened].tolist())
    layer = _inherited(network, task, ends)
    if layer is None or not (layer[before.owners] > layer[before.items]).all():
        layer, sound = depths(before)
        if not sound:
            return _condensed(task, ends, before, container)
    return Flow(task, ends, before, layer, container, np.zeros(0, dtype=np.int64))


def _inherited(network: Network, task: Ints, ends: Mask) -> Ints | None:
    """The layers that the points of a derived network had in the flow of the one that it came from; None where unknown.

    Taking work or dependencies away leaves every numbering valid, and finding one is the dearest part of a flow.
    """
    if network.origin is None:
        return None
    base, origins = flow_of(network.origin.network), network.origin.numbers[task]
    if len(base.circular) or not len(base) or (origins < 0).any():
        return None
    points = np.where(ends, base.finish_of[origins], base.start_of[origins])
    return None if (points < 0).any() else base.layer[points]


def _condensed(task: Ints, ends: Mask, before: Rows, container: Mask) -> Flow:
    first = np.arange(len(task))
    loose = np.zeros(len(container), dtype=np.bool_)
    for knot in knots(before):
        first[knot] = knot[0]
        loose[task[knot]] = True
    kept, number = np.unique(first, return_inverse=True)
    rows, items = number[before.owners], number[before.items]
    apart = rows != items
    before = Rows.of(len(kept), rows[apart], items[apart])
    task = np.where(loose[task], -1, task)[kept]
    return Flow(task, ends[kept], before, depths(before)[0], container, np.flatnonzero(loose))
