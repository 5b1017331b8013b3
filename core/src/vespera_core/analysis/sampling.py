"""Many runs of a plan at once: serial schedule generation (Kolisch 1996), all samples in one array operation.

Points are taken in one order for all samples: that in which list scheduling starts them when all takes its median time.
In each sample a point then starts as soon as what it waits for is over and somebody is free.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vespera_core.analysis.arrays import Floats, Ints, Mask
from vespera_core.analysis.flow import Flow
from vespera_core.analysis.listing import Crew
from vespera_core.model.record import record


@record(frozen=True, slots=True, kw_only=True)
class Runs:
    """Start and finish of each point in each sample, in minutes."""

    start: Floats
    finish: Floats

    @property
    def ends(self) -> Floats:
        """When all is over, by sample."""
        empty: Floats = np.zeros(self.finish.shape[1], dtype=np.float64)
        return self.finish.max(axis=0) if len(self.finish) else empty


def simulate(
    flow: Flow, drawn: Floats, order: Sequence[int], team: Crew, roles: Sequence[str | None], floor: Ints
) -> Runs:
    """Run a flow whose points take `drawn` minutes (by point and sample), taken in this order, which is topological."""
    samples = drawn.shape[1]
    start, finish = np.zeros_like(drawn), np.zeros_like(drawn)
    pools = _pools(team, int((drawn > 0).any(axis=1).sum()), samples)
    before, floors = flow.before.lists, floor.tolist()
    for at in order:
        begin = start[at]
        row = before[at]
        if row:
            np.maximum.reduce(finish[row], axis=0, out=begin)
        if floors[at]:
            np.maximum(begin, floors[at], out=begin)
        if drawn[at, 0] > 0:
            taken = [name for name in (None, roles[at]) if name in pools]
            for name in dict.fromkeys(taken):
                np.maximum(begin, pools[name][0], out=begin)
            np.add(begin, drawn[at], out=finish[at])
            for name in dict.fromkeys(taken):
                _take(pools[name], begin, finish[at])
        else:
            finish[at] = begin
    return Runs(start=start, finish=finish)


def _pools(team: Crew, most: int, samples: int) -> dict[str | None, Floats]:
    """When each member of the crew (None) and of each role is free, ascending by sample; no pool that never lacks.

    Below the last one stands one who is never free, so that every member has somebody below.
    """
    sizes: dict[str | None, int | None] = {None: team.agents}
    sizes.update(team.capacities)
    never = np.full((1, samples), np.inf)
    return {
        name: np.concatenate((np.zeros((size, samples)), never))
        for name, size in sizes.items()
        if size is not None and size < most
    }


def _take(pool: Floats, begin: Floats, finish: Floats) -> None:
    """Let whoever was free last before `begin` work until `finish`, and bring the pool into ascending order again.

    Others who were free stay so: the gap before them may fit a task that comes later in the order.
    """
    free, following = pool[:-1], pool[1:]
    shifted = np.minimum(following, finish)
    np.maximum(shifted, free, out=shifted)
    np.copyto(shifted, free, where=following <= begin)
    free[...] = shifted


def critical_counts(runs: Runs, order: Sequence[int], working: Mask, drawn: Floats) -> Ints:
    """In how many samples each point is on a chain that determines the end.

    From what is over last, each step goes back to the work that ended at the moment when it began: something that it
    waited for, or what the agent did before.
    """
    counts = np.zeros(len(working), dtype=np.int64)
    points = np.array([at for at in order if drawn[at, 0] > 0], dtype=np.int64)
    if not len(points):
        return counts
    finish, start = runs.finish[points], runs.start[points]
    ranked = np.argsort(finish, axis=0, kind="stable")
    before = np.full(finish.shape, -1, dtype=np.int64)
    for sample in range(finish.shape[1]):
        order_of = ranked[:, sample]
        ends = finish[order_of, sample]
        place = np.minimum(np.searchsorted(ends, start[:, sample]), len(ends) - 1)
        before[:, sample] = np.where(ends[place] == start[:, sample], order_of[place], -1)
    current, columns = ranked[-1].copy(), np.arange(finish.shape[1])
    while len(columns):
        np.add.at(counts, points[current], 1)
        current = before[current, columns]
        columns, current = columns[current >= 0], current[current >= 0]
    return counts
