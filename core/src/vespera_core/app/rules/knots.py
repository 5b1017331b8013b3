"""Knots: every circle in a whole graph at once, for imports, bulk creation and the doctor.

The rules of the graph are those of `cycles`; here all arrows are at hand, so the whole of it is sorted in one go.
Moments are whole numbers: twice a task's place for its start, one more for its finish.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from vespera_core.app.rules.cycles import shown_cycle
from vespera_core.model.graph import Edge
from vespera_core.model.task import CHILD_OF, DEPENDS_ON

Arrows = dict[tuple[int, int], Edge]


def all_cycles(edges: Iterable[Edge]) -> list[tuple[list[str], list[Edge]]]:
    """One circle for each knot of tasks that wait for each other: its ids, and the edges on it that somebody drew."""
    places: dict[str, int] = {}
    waits: list[list[int]] = []
    drawn: Arrows = {}
    for edge in edges:
        source, kind, target = edge
        if kind not in (DEPENDS_ON, CHILD_OF):
            continue
        start, other = 2 * _place(source, places, waits), 2 * _place(target, places, waits)
        if kind == DEPENDS_ON:
            waits[start].append(other + 1)
            drawn[start, other + 1] = edge
        else:
            waits[start].append(other)
            waits[other + 1].append(start + 1)
            drawn[start, other] = drawn[other + 1, start + 1] = edge
    return [_circle(knot, waits, drawn, list(places)) for knot in _knots(waits, _left_over(waits))]


def _place(task_id: str, places: dict[str, int], waits: list[list[int]]) -> int:
    place = places.get(task_id)
    if place is None:
        place = places[task_id] = len(places)
        waits += [], [2 * place]
    return place


def _left_over(waits: list[list[int]]) -> set[int]:
    """The moments that remain when those nobody waits for are taken away again and again (Kahn, CACM 5(11), 1962)."""
    needed = [0] * len(waits)
    for targets in waits:
        for target in targets:
            needed[target] += 1
    free = [moment for moment, count in enumerate(needed) if not count]
    for moment in free:
        for target in waits[moment]:
            needed[target] -= 1
            if not needed[target]:
                free.append(target)
    return {moment for moment, count in enumerate(needed) if count}


def _knots(waits: list[list[int]], moments: set[int]) -> list[set[int]]:
    """Groups of moments that all wait for each other (Kosaraju's two passes, without recursion)."""
    order = _finish_order(waits, moments)
    backward: dict[int, list[int]] = {moment: [] for moment in moments}
    for moment in moments:
        for target in waits[moment]:
            if target in moments:
                backward[target].append(moment)
    knots: list[set[int]] = []
    seen: set[int] = set()
    for root in reversed(order):
        if root not in seen:
            knot = _reached(root, backward, seen)
            if len(knot) > 1:
                knots.append(knot)
    return knots


def _finish_order(waits: list[list[int]], moments: set[int]) -> list[int]:
    order: list[int] = []
    seen: set[int] = set()
    for root in sorted(moments):
        stack = [] if root in seen else [(root, iter(waits[root]))]
        seen.add(root)
        while stack:
            moment, rest = stack[-1]
            target = next((one for one in rest if one in moments and one not in seen), None)
            if target is None:
                order.append(moment)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(waits[target])))
    return order


def _reached(root: int, backward: dict[int, list[int]], seen: set[int]) -> set[int]:
    knot, frontier = {root}, [root]
    seen.add(root)
    while frontier:
        for moment in backward[frontier.pop()]:
            if moment not in seen:
                seen.add(moment)
                knot.add(moment)
                frontier.append(moment)
    return knot


def _circle(knot: set[int], waits: list[list[int]], drawn: Arrows, ids: list[str]) -> tuple[list[str], list[Edge]]:
    """Walk inside the knot until a moment comes again: what lies between is a circle."""
    trail = [min(knot)]
    places = {trail[0]: 0}
    while True:
        target = next(one for one in waits[trail[-1]] if one in knot)
        if target in places:
            circle = [*trail[places[target] :], target]
            arrows = [drawn[pair] for pair in itertools.pairwise(circle) if pair in drawn]
            return shown_cycle([ids[moment // 2] for moment in circle]), arrows
        places[target] = len(trail)
        trail.append(target)
