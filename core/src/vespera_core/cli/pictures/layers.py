"""Where the cards of a directed graph go: from left to right, in layers by what must come first.

The layered method of Sugiyama, Tagawa and Toda (1981): topological generations, waypoints for arrows that pass layers,
rows ordered by barycentres while that takes crossings away, and heights by isotonic regression, which moves each card
as little as its neighbours allow. Everything is in a stated order, so that equal graphs give equal pictures.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

_SWEEPS: Final = 12


class Spot(NamedTuple):
    """The upper left corner of a card."""

    x: float
    y: float


class Placed(NamedTuple):
    """A part of the graph laid out from (0, 0): its cards, the points each arrow passes, and its size.

    An arrow's points are the middles of the layers between its ends, as pairs (layer's left edge, height).
    """

    spots: dict[str, Spot]
    ways: dict[tuple[str, str], list[Spot]]
    width: float
    height: float


class Sizes(NamedTuple):
    """The card, and the room between cards and between layers."""

    width: float
    height: float
    row_gap: float
    layer_gap: float


def parts(ids: Sequence[str], arrows: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The connected parts, the largest first; ids keep their order within each."""
    near: dict[str, list[str]] = {one: [] for one in ids}
    for first, then in arrows:
        near[first].append(then)
        near[then].append(first)
    part_of: dict[str, int] = {}
    for start in ids:
        if start not in part_of:
            waiting, number = [start], len(part_of)
            part_of[start] = number
            while waiting:
                new = [one for one in near[waiting.pop()] if one not in part_of]
                part_of.update(dict.fromkeys(new, number))
                waiting.extend(dict.fromkeys(new))
    found: dict[int, list[str]] = {}
    for one in ids:
        found.setdefault(part_of[one], []).append(one)
    return sorted(found.values(), key=lambda part: -len(part))


def generations(ids: Sequence[str], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each id: one after the last of those that must come before it. A circle is cut where it is met."""
    after: dict[str, list[str]] = {one: [] for one in ids}
    missing = dict.fromkeys(ids, 0)
    for first, then in arrows:
        after[first].append(then)
        missing[then] += 1
    layer: dict[str, int] = {}
    depth = dict.fromkeys(ids, 0)
    free = [one for one in ids if not missing[one]]
    rest = iter(ids)
    while len(layer) < len(ids):
        if not free:
            free = [next(one for one in rest if one not in layer)]
        one = free.pop()
        if one in layer:
            continue
        layer[one] = depth[one]
        for then in after[one]:
            missing[then] -= 1
            if then not in layer:
                depth[then] = max(depth[then], layer[one] + 1)
                if not missing[then]:
                    free.append(then)
    return layer


class _Rows:
    """Layers of cards and waypoints, numbered; each knows its neighbours in the layers beside it."""

    def __init__(self, ids: Sequence[str], arrows: Sequence[tuple[str, str]]) -> None:
        self.layer_of = generations(ids, arrows)
        self.layers: list[list[int]] = [[] for _ in range(max(self.layer_of.values()) + 1)]
        self.cards = list(ids)
        self.left: list[list[int]] = []
        self.right: list[list[int]] = []
        self.number = {one: self._add(self.layer_of[one]) for one in ids}
        self.chains = {pair: self._chain(*pair) for pair in arrows if self.layer_of[pair[0]] < self.layer_of[pair[1]]}

    def _add(self, layer: int) -> int:
        number = len(self.left)
        self.layers[layer].append(number)
        self.left.append([])
        self.right.append([])
        return number

    def _chain(self, first: str, then: str) -> list[int]:
        """The waypoints of an arrow, joined one to the next."""
        found = [self._add(layer) for layer in range(self.layer_of[first] + 1, self.layer_of[then])]
        ends = [self.number[first], *found, self.number[then]]
        for one, other in pairwise(ends):
            self.right[one].append(other)
            self.left[other].append(one)
        return found

    def is_card(self, number: int) -> bool:
        return number < len(self.cards)

    def order(self) -> None:
        """Sweep to and fro, and keep the order with the fewest crossings."""
        best, fewest = [list(row) for row in self.layers], self._crossings()
        for sweep in range(_SWEEPS):
            if not fewest:
                break
            forward = sweep % 2 == 0
            beside = self.left if forward else self.right
            for row in self.layers if forward else reversed(self.layers):
                self._sort(row, beside)
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(row) for row in self.layers], crossings
        self.layers = best

    def _places(self) -> dict[int, int]:
        return {one: place for row in self.layers for place, one in enumerate(row)}

    def _sort(self, row: list[int], beside: Sequence[Sequence[int]]) -> None:
        """Order a row by the mean places of neighbours; what has none stays about where it is."""
        place = self._places()
        mean = {one: sum(place[near] for near in beside[one]) / len(beside[one]) for one in row if beside[one]}
        row.sort(key=lambda one: mean.get(one, float(place[one])))

    def _crossings(self) -> int:
        """How many pairs of arrows cross, layer by layer: inversions of the right ends in the order of the left."""
        place, total = self._places(), 0
        for row in self.layers:
            seen: list[int] = []
            for one in row:
                ends = sorted(place[near] for near in self.right[one])
                total += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total


def laid_out(ids: Sequence[str], arrows: Sequence[tuple[str, str]], sizes: Sizes) -> Placed:
    """The layout of one connected part."""
    rows = _Rows(ids, arrows)
    rows.order()
    middle = _heights(rows, sizes)
    lowest = min(middle[rows.number[one]] for one in ids) - sizes.height / 2
    lowest = min([lowest, *(middle[one] for chain in rows.chains.values() for one in chain)])
    step = sizes.width + sizes.layer_gap
    spots = {one: Spot(rows.layer_of[one] * step, middle[rows.number[one]] - lowest - sizes.height / 2) for one in ids}
    ways = {
        pair: [Spot((rows.layer_of[pair[0]] + 1 + at) * step, middle[one] - lowest) for at, one in enumerate(chain)]
        for pair, chain in rows.chains.items()
    }
    bottom = max([spot.y + sizes.height for spot in spots.values()] + [spot.y for way in ways.values() for spot in way])
    return Placed(spots, ways, len(rows.layers) * step - sizes.layer_gap, bottom)


def _heights(rows: _Rows, sizes: Sizes) -> dict[int, float]:
    """The middle of each card and waypoint, drawn to the mean of its neighbours' middles."""
    middle: dict[int, float] = {}
    for row in rows.layers:
        middle.update(zip(row, _spread(rows, row, [0.0] * len(row), sizes), strict=True))
    for sweep in range(_SWEEPS + 1):
        sides = (rows.left, rows.right) if sweep % 2 == 0 else (rows.right, rows.left)
        for row in rows.layers if sweep % 2 == 0 else reversed(rows.layers):
            wanted = []
            for one in row:
                near = sides[0][one] or sides[1][one] if sweep < _SWEEPS - 1 else [*rows.left[one], *rows.right[one]]
                wanted.append(sum(middle[other] for other in near) / len(near) if near else middle[one])
            middle.update(zip(row, _spread(rows, row, wanted, sizes), strict=True))
    return middle


def _spread(rows: _Rows, row: Sequence[int], wanted: Sequence[float], sizes: Sizes) -> list[float]:
    """The heights nearest to those wanted that keep the order and the distances: pool adjacent violators."""
    offset = [0.0]
    for one, other in pairwise(row):
        halves = sum(sizes.height / 2 if rows.is_card(each) else sizes.row_gap / 2 for each in (one, other))
        offset.append(offset[-1] + halves + sizes.row_gap)
    pools: list[tuple[float, int]] = []
    for want, shift in zip(wanted, offset, strict=True):
        total, count = want - shift, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before = pools.pop()
            total, count = total + before[0], count + before[1]
        pools.append((total, count))
    level = [total / count for total, count in pools for _ in range(count)]
    return [one + shift for one, shift in zip(level, offset, strict=True)]
