"""Scope and done over time, from when tasks were made and closed."""

from __future__ import annotations

from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Ints, ints
from vespera_core.analysis.durations import durations_of
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import BurnUp, BurnUpPoint
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import SECOND, Micros
from vespera_core.model.graph import GraphNode
from vespera_core.model.workflow import CANCELLED

_DAY: Final = 86_400 * SECOND
PERIODS: Final = {"day": (_DAY, 0), "week": (7 * _DAY, 4 * _DAY)}
"""The length of each period, and where one begins after 1970-01-01T00:00Z, a Thursday: weeks begin on Mondays."""

MOST_POINTS: Final = 1_000


def burnup(network: Network, now: Micros, project_id: str | None = None, *, period: str = "day") -> BurnUp:
    """How scope and done grew by day or week, from the first task made until the period that holds `now`.

    Only tasks without children count, as the work of a container is that of its children. A cancelled task leaves the
    scope when it is closed. Minutes are estimates, or what history gives. Deleted tasks are as if they had never been.
    At most the last thousand periods are shown. Raises InvalidInput for another period.
    """
    if period not in PERIODS:
        raise InvalidInput(f"period {period!r} is unknown; it is one of: {', '.join(PERIODS)}.", field="period")
    mine = network.of_project(project_id) & (network.children.degrees == 0)
    at = [one for one in np.flatnonzero(mine).tolist() if network.nodes[one].created_at <= now]
    if not at:
        return BurnUp(period=period, points=())
    nodes = [network.nodes[one] for one in at]
    minutes = durations_of(network).minutes[np.array(at)]
    length, offset = PERIODS[period]
    made, done, gone = (_periods(nodes, what, now, length, offset) for what in ("made", "done", "gone"))
    first, last = int(made.min()), (now - offset) // length
    return BurnUp(period=period, points=_points(made, done, gone, minutes, range(first, last + 1), length, offset))


_NEVER: Final = 2**62


def _periods(nodes: list[GraphNode], what: str, now: Micros, length: int, offset: int) -> Ints:
    """The period in which each task was made, or done, or gone from the scope; never, where it was not by now."""

    def moment(node: GraphNode) -> int | None:
        if what == "made":
            return node.created_at
        closed = node.closed_at if not node.open and node.closed_at is not None and node.closed_at <= now else None
        return closed if (node.status == CANCELLED) == (what == "gone") else None

    found = (moment(node) for node in nodes)
    return ints(_NEVER if at is None else (at - offset) // length for at in found)


def _points(
    made: Ints, done: Ints, gone: Ints, minutes: Ints, periods: range, length: int, offset: int
) -> tuple[BurnUpPoint, ...]:
    def totals(when: Ints) -> tuple[Ints, Ints]:
        """Tasks and minutes up to the end of each period."""
        order = np.argsort(when, kind="stable")
        sums = np.concatenate(([0], np.cumsum(minutes[order])))
        counts = np.searchsorted(when[order], np.arange(periods.start, periods.stop), side="right")
        return counts, sums[counts]

    (made_count, made_sum), (done_count, done_sum), (gone_count, gone_sum) = map(totals, (made, done, gone))
    return tuple(
        BurnUpPoint(
            until=Micros((number + 1) * length + offset),
            scope_tasks=int(made_count[at] - gone_count[at]),
            done_tasks=int(done_count[at]),
            scope_minutes=int(made_sum[at] - gone_sum[at]),
            done_minutes=int(done_sum[at]),
        )
        for at, number in enumerate(periods)
        if number > periods.stop - 1 - MOST_POINTS
    )
