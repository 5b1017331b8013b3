"""Earliest and latest moments of a flow: the two passes of the critical path method (Kelley & Walker 1959)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vespera_core.analysis.arrays import Ints
from vespera_core.analysis.calendar import minutes_until
from vespera_core.analysis.flow import Flow
from vespera_core.analysis.network import Network
from vespera_core.model.basics import Micros
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Timing:
    """Minutes from now. By point: weight, earliest and latest finish. By task, -1 outside of the flow: the rest.

    A task's slack is how long its start, or the last thing it waits for, can slip without moving the end of the flow.
    """

    length: int
    weights: Ints
    earliest: Ints
    latest: Ints
    start: Ints
    finish: Ints
    latest_start: Ints
    latest_finish: Ints
    slack: Ints


def floors(network: Network, flow: Flow, now: Micros, hours_per_day: float = 24.0) -> Ints:
    """The minutes before which each point cannot begin, because its task is put off. Work in progress goes on."""
    floor = np.zeros(len(flow), dtype=np.int64)
    late = (network.deferral[flow.tasks] > now) & (network.category[flow.tasks] != "active")
    for at in flow.tasks[late].tolist():
        floor[flow.start_of[at]] = minutes_until(now, Micros(int(network.deferral[at])), hours_per_day)
    return floor


def earliest_finishes(flow: Flow, weights: Ints, floor: Ints | None = None) -> Ints:
    """The earliest finish of each point."""
    return flow.forward.longest(weights, floor)


def timing(flow: Flow, minutes: Ints, floor: Ints | None = None) -> Timing:
    """The schedule of a flow whose tasks take so many minutes (by task number)."""
    weights = flow.weights(minutes)
    earliest = earliest_finishes(flow, weights, floor)
    length = int(earliest.max(initial=0))
    latest = length - flow.backward.longest(weights) + weights
    spare = latest - earliest
    start, finish = flow.start_of, flow.finish_of
    inside = (start >= 0) & (finish >= 0)

    def by_task(values: Ints, at: Ints) -> Ints:
        return np.where(inside, values[at], -1) if len(values) else np.full(len(at), -1, dtype=np.int64)

    return Timing(
        length=length,
        weights=weights,
        earliest=earliest,
        latest=latest,
        start=by_task(earliest - weights, start),
        finish=by_task(earliest, finish),
        latest_start=by_task(latest - weights, start),
        latest_finish=by_task(latest, finish),
        slack=np.minimum(by_task(spare, start), by_task(spare, finish)),
    )


def longest_chain(flow: Flow, weights: Ints, earliest: Ints) -> list[int]:
    """The points of a longest chain, in order of work; of several, by the smallest id at each step back from the end.

    It ends at a point that nothing waits for, and begins at one that waits for nothing. `earliest` knows no floors.
    """
    if not len(flow):
        return []
    last = (earliest == earliest.max()) & (flow.before.turned.degrees == 0)
    chain = [int(np.flatnonzero(last)[0])]
    step = _stepper(flow, weights, earliest)
    while (at := step(chain[-1])) >= 0:
        chain.append(at)
    return chain[::-1]


def _stepper(flow: Flow, weights: Ints, earliest: Ints) -> Callable[[int], int]:
    """What to go back to from a point: the first of those it waits for that ends when it begins; -1 at the beginning.

    Long chains are followed in lists; for short ones, making lists of everything would cost more than the chain.
    """
    if flow.forward.thin:
        lists, ends, begins = flow.before.lists, earliest.tolist(), (earliest - weights).tolist()

        def look_up(at: int) -> int:
            row = lists[at]
            if len(row) == 1:
                return row[0]
            return next((one for one in row if ends[one] == begins[at]), -1)

        return look_up
    starts, items = flow.before.starts, flow.before.items

    def step(at: int) -> int:
        row = items[starts[at] : starts[at + 1]]
        return int(row[np.argmax(earliest[row] == earliest[at] - weights[at])]) if len(row) else -1

    return step
