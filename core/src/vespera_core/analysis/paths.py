"""Chains of dependencies between two tasks.

Chains are found shortest first, by a search that knows the distance of every task to the goal (A*, Hart, Nilsson &
Raphael 1968, with an exact estimate): no step leads away from the goal for nothing, however dense the graph is.
"""

from __future__ import annotations

import heapq
from typing import Final

from vespera_core.analysis.arrays import Rows
from vespera_core.analysis.layers import depths
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import Paths
from vespera_core.errors import InvalidInput

MOST_PATHS: Final = 1_000
_MOST_STEPS: Final = 200_000
"""Where circles from outside make the search walk in vain, it ends after so many steps."""


def paths_between(network: Network, first: str, second: str, *, limit: int = 10) -> Paths:
    """Up to `limit` chains along `depends_on`, whichever of the two waits for the other; the first is tried first.

    No chain visits a task twice. From a task to itself there is the chain of that task alone. Raises NotFound for ids
    that are not here, and InvalidInput for a limit outside of 1 to 1,000.
    """
    if not 1 <= limit <= MOST_PATHS:
        raise InvalidInput(f"limit must be 1 to {MOST_PATHS:,}.", field="limit")
    ends = network.number(first), network.number(second)
    for source, goal in (ends, ends[::-1]):
        distance = _distances(network.needs.turned, goal, source)
        if source in distance:
            found, complete = _chains(network.needs, source, goal, distance, limit, simple=_sound(network))
            return Paths(
                waits=network.ids[source],
                waits_for=network.ids[goal],
                distance=distance[source],
                paths=tuple(network.names(chain) for chain in found),
                complete=complete,
            )
    return Paths(waits=None, waits_for=None, distance=None, paths=(), complete=True)


def _sound(network: Network) -> bool:
    """Whether dependencies hold no circle, so that no chain can visit a task twice."""
    return network.kept("sound", lambda: depths(network.needs)[1])


def _distances(turned: Rows, goal: int, source: int) -> dict[int, int]:
    """The distance to the goal of all that waits for it; nothing where the source does not."""
    lists, steps, queue = turned.lists, {goal: 0}, [goal]
    for one in queue:
        for other in lists[one]:
            if other not in steps:
                steps[other] = steps[one] + 1
                queue.append(other)
    return steps if source in steps else {}


def _chains(
    rows: Rows, source: int, goal: int, distance: dict[int, int], limit: int, *, simple: bool
) -> tuple[list[list[int]], bool]:
    """The shortest chains, and whether they are all: of equally long ones, those that are nearest the goal first."""
    lists = rows.lists
    trail: list[tuple[int, int]] = [(source, -1)]  # a task, and where in this list the one before it stands
    heap = [(distance[source], 0, 0)]  # length of the whole chain at best, minus its steps so far, place in the trail
    found: list[list[int]] = []
    taken = 0
    while heap and len(found) <= limit and taken < _MOST_STEPS:  # one more than asked for tells whether there are more
        _, depth, place = heapq.heappop(heap)
        taken += 1
        at = trail[place][0]
        if at == goal:
            found.append(_walked(trail, place))
            continue
        before = () if simple else frozenset(_walked(trail, place))
        for other in lists[at]:
            if other in distance and other not in before:
                heapq.heappush(heap, (1 - depth + distance[other], depth - 1, len(trail)))
                trail.append((other, place))
    return found[:limit], not heap and len(found) <= limit


def _walked(trail: list[tuple[int, int]], place: int) -> list[int]:
    chain = []
    while place >= 0:
        at, place = trail[place]
        chain.append(at)
    return chain[::-1]
