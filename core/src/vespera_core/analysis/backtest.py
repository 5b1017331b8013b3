"""The back-test: forecasts as they would have been made in the past, against what really happened.

At moments spread over the closing times, the structure is taken back: tasks made later are left out, tasks closed later
are open again, and only closed work of that time speaks for durations. Relations and estimates are those of today, as a
structure does not tell when they came. Tasks still open or cancelled today are left out, as nobody knows when they will
be over or would have been: long-lived work is therefore under-represented, and results lean to the hopeful side.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, median
from typing import Final

import numpy as np

from vespera_core.analysis.calendar import check_hours, minutes_until
from vespera_core.analysis.forecast import PERCENTS, check_samples, finish_minutes
from vespera_core.analysis.listing import crew
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import BackTest, BackTestCut, Coverage
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros
from vespera_core.model.graph import GraphNode, Structure
from vespera_core.model.workflow import CANCELLED, IN_PROGRESS, PENDING

FEWEST_CLOSED: Final = 10
FEWEST_CUTS: Final = 3
_MOST_CUTS: Final = 100


def backtest(
    network: Network,
    project_id: str | None = None,
    *,
    cuts: int = 9,
    agents: int | None = None,
    samples: int = 200,
    seed: int = 0,
    hours_per_day: float = 24.0,
) -> BackTest:
    """How forecasts at `cuts` quantiles of the closing times (9: every decile) would have fared.

    Without `agents`, each forecast supposes as many as had work in progress at its moment, at least one. Raises
    InvalidInput for numbers out of range; too little history is no error, but the answer's `reason`.
    """
    if not 1 <= cuts <= _MOST_CUTS:
        raise InvalidInput(f"cuts must be 1 to {_MOST_CUTS}.", field="cuts")
    check_hours(hours_per_day)
    check_samples(samples, seed)
    crew(agents)
    nodes = [node for node in network.nodes if project_id in (None, node.project_id)]
    done = [node for node in nodes if node.closed_at is not None and not node.open and node.status != CANCELLED]
    timed = sum(node.started_at is not None for node in done)
    if timed < FEWEST_CLOSED:
        return _unknown(timed, f"not enough history: {timed} closed tasks with start times, {FEWEST_CLOSED} needed")
    found = []
    for at in _moments(done, cuts):
        cut = _cut(network, done, at, agents, samples, seed, hours_per_day)
        found.extend([] if cut is None else [cut])
    if len(found) < FEWEST_CUTS:
        return _unknown(timed, f"not enough history: {len(found)} moments with open work, {FEWEST_CUTS} needed")
    return _judged(found, timed)


def _unknown(timed: int, reason: str) -> BackTest:
    return BackTest(cuts=(), coverage=(), calibration_error=None, bias_ratio=None, closed_tasks=timed, reason=reason)


def _moments(done: Sequence[GraphNode], cuts: int) -> list[Micros]:
    """Moments that part the closings into equal shares, ascending, each once."""
    closings = sorted(node.closed_at for node in done if node.closed_at is not None)
    return sorted({closings[len(closings) * share // (cuts + 1)] for share in range(1, cuts + 1)})


def _cut(
    network: Network, done: Sequence[GraphNode], at: Micros, agents: int | None, samples: int, seed: int, hours: float
) -> BackTestCut | None:
    known = [node for node in done if node.created_at <= at]
    later = [node for node in known if node.closed_at is not None and node.closed_at > at]
    if not later:
        return None
    nodes = tuple(_as_of(node, at) for node in known)
    team = agents or max(sum(node.category == "active" for node in nodes), 1)
    past = Network(Structure(network.structure.position, nodes, network.structure.edges))
    stated = finish_minutes(past, at, agents=team, samples=samples, seed=seed, hours_per_day=hours)
    over = max(node.closed_at for node in later if node.closed_at is not None)
    return BackTestCut(
        at=at,
        tasks=len(later),
        agents=team,
        p50_minutes=stated[50],
        p80_minutes=stated[80],
        p95_minutes=stated[95],
        actual_minutes=minutes_until(at, over, hours),
    )


def _as_of(node: GraphNode, at: Micros) -> GraphNode:
    if node.closed_at is not None and node.closed_at <= at:
        return node
    if node.started_at is not None and node.started_at <= at:
        return node._replace(category="active", status=IN_PROGRESS, closed_at=None)
    return node._replace(category="todo", status=PENDING, closed_at=None, started_at=None)


def _judged(cuts: Sequence[BackTestCut], timed: int) -> BackTest:
    coverage = tuple(_coverage(percent, cuts) for percent in PERCENTS)
    return BackTest(
        cuts=tuple(cuts),
        coverage=coverage,
        calibration_error=round(fmean(abs(one.observed - one.percent / 100) for one in coverage), 4),
        bias_ratio=round(median(cut.actual_minutes / max(cut.p50_minutes, 1) for cut in cuts), 4),
        closed_tasks=timed,
    )


def _coverage(percent: int, cuts: Sequence[BackTestCut]) -> Coverage:
    """The share of actuals at or below the stated percentile; the pinball loss (Koenker & Bassett 1978) in minutes."""
    stated = np.array([_stated(cut, percent) for cut in cuts], dtype=np.float64)
    over = np.array([cut.actual_minutes for cut in cuts], dtype=np.float64) - stated
    share = percent / 100
    loss = np.where(over > 0, share * over, (share - 1) * over)
    return Coverage(
        percent=percent, observed=round(float((over <= 0).mean()), 4), pinball_minutes=round(float(loss.mean()), 1)
    )


def _stated(cut: BackTestCut, percent: int) -> int:
    return {50: cut.p50_minutes, 80: cut.p80_minutes, 95: cut.p95_minutes}[percent]
