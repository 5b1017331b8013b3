"""The audit of circles: tasks that wait for themselves, by dependencies, by parents, or by both together.

A ledger refuses to make one; a structure from outside can hold any. Precedence is that of all tasks, closed ones
included, as the write path has it.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Rows
from vespera_core.analysis.knots import knots
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import Circle, CycleAudit

_MOST_STEPS: Final = 500_000


def audit_cycles(network: Network) -> CycleAudit:
    """Every set of tasks that wait for each other, with one shortest circle; sorted by smallest id."""
    before = precedence(network)
    circles = sorted((_circle(network, before, knot) for knot in knots(before)), key=lambda one: one.task_ids)
    return CycleAudit(circles=tuple(circles), tasks_in_circles=len({one for each in circles for one in each.task_ids}))


def precedence(network: Network) -> Rows:
    """What each moment waits for: the start of task `i` is number `2 i`, its finish `2 i + 1`."""
    every = np.arange(len(network))
    below = np.flatnonzero(network.parent >= 0)
    above = network.parent[below]
    rows = np.concatenate((2 * every + 1, 2 * network.needs.owners, 2 * below, 2 * above + 1))
    items = np.concatenate((2 * every, 2 * network.needs.items + 1, 2 * above, 2 * below + 1))
    return Rows.of(2 * len(network), rows, items)


def _circle(network: Network, before: Rows, knot: list[int]) -> Circle:
    tasks = sorted({point // 2 for point in knot})
    return Circle(task_ids=network.names(tasks), shortest=network.names(_shown(_shortest(before, knot))))


def _shortest(before: Rows, knot: list[int]) -> list[int]:
    """A shortest circle of moments, counted in tasks: the best that a search from each moment of the knot finds.

    Searches end at the length of the best so far, and all together after `_MOST_STEPS`: in knots of many thousand
    tasks the circle shown may not be the shortest. The first search always ends, so there is always one.
    """
    best: list[int] = []
    inside, spent, length = set(knot), 0, 2 * len(knot)
    for source in knot:
        found, steps, visited = _back_to(before, source, inside, length)
        best, length, spent = found or best, steps, spent + visited
        if length <= 1 or spent > _MOST_STEPS:
            break
    return best


def _back_to(before: Rows, source: int, inside: set[int], limit: int) -> tuple[list[int], int, int]:
    """A circle through `source` of fewer than `limit` tasks (empty for none), its tasks or `limit`, moments visited.

    From the start of a task to its finish, or back, is no step: the search is breadth first over steps of 0 or 1.
    """
    came: dict[int, int] = {}
    steps, queue = {source: 0}, deque([source])
    while queue:
        at = queue.popleft()
        if steps[at] >= limit:
            break
        for other in before.items[before.starts[at] : before.starts[at + 1]].tolist():
            far = steps[at] + (other // 2 != at // 2)
            if other == source and far < limit:
                came[source], limit = at, max(far, 1)
            elif other in inside and far < steps.get(other, limit):
                came[other], steps[other] = at, far
                (queue.append if far > steps[at] else queue.appendleft)(other)
    return (_trail(came, source) if source in came else []), limit, len(steps)


def _trail(came: dict[int, int], source: int) -> list[int]:
    trail = [source]
    while (at := came[trail[-1]]) != source:
        trail.append(at)
    return trail[::-1]


def _shown(moments: list[int]) -> list[int]:
    """The tasks of a circle of moments, neighbours that repeat drawn together, the smallest first."""
    tasks = [moment // 2 for moment in moments]
    tasks = [one for before, one in pairwise([tasks[-1], *tasks]) if one != before] or tasks[:1]
    at = tasks.index(min(tasks))
    return tasks[at:] + tasks[:at]
