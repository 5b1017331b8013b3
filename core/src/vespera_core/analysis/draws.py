"""Draws of how long open tasks take, for forecasts: how far reality strays from estimates, and what history holds."""

from __future__ import annotations

from math import exp, log
from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Floats, Ints
from vespera_core.analysis.durations import DEFAULT, ESTIMATE, HISTORY, Durations, cycle_minutes
from vespera_core.analysis.flow import Flow
from vespera_core.analysis.network import Network
from vespera_core.model.record import record

DEFAULT_SIGMA: Final = 0.5
"""Without history: about two of three tasks take between 0.6 and 1.6 times their estimate."""

FEWEST_RATIOS: Final = 10
_WILDEST: Final = 20.0
_LEAST_SIGMA: Final = 0.05
_SMOOTHING: Final = 0.1


@record(frozen=True, slots=True, kw_only=True)
class Spread:
    """Actual over estimated time is lognormal: `sigma` of its logarithm, and `bias`, its median."""

    sigma: float
    bias: float
    source: str
    samples: int


def spread_of(network: Network, project_id: str | None, hours_per_day: float) -> Spread:
    """The spread in the closed tasks of a project, else of all, else the default where fewer than ten tell anything.

    Ratios beyond 20 either way count as 20: a start that was forgotten says nothing.
    """
    for scope in dict.fromkeys((project_id, None)):
        logs = _logs(network, scope, hours_per_day)
        if len(logs) >= FEWEST_RATIOS:
            sigma = max(float(np.std(logs, ddof=1)), _LEAST_SIGMA)
            return Spread(sigma=sigma, bias=exp(float(np.mean(logs))), source=HISTORY, samples=len(logs))
    return Spread(sigma=DEFAULT_SIGMA, bias=1.0, source=DEFAULT, samples=len(logs))


def _logs(network: Network, project_id: str | None, hours_per_day: float) -> Floats:
    limit = log(_WILDEST)
    found = []
    for node in network.nodes:
        minutes = cycle_minutes(node, hours_per_day)
        if minutes is not None and node.estimate_minutes and project_id in (None, node.project_id):
            found.append(min(max(log(minutes / node.estimate_minutes), -limit), limit))
    return np.sort(np.array(found, dtype=np.float64))


def draw(flow: Flow, durations: Durations, spread: Spread, samples: int, random: np.random.Generator) -> Floats:
    """Minutes by point and sample. Points without work draw 0.

    Estimates are multiplied by a lognormal factor around the bias, defaults by one around 1. Tasks that history speaks
    for draw one of its samples, smoothed by a tenth (Silverman 1986), so that no two runs end at the same moment.
    """
    points = np.flatnonzero(flow.weights(durations.minutes) > 0)
    drawn = np.zeros((len(flow), samples), dtype=np.float64)
    normal = random.standard_normal((len(points), samples))
    chance = random.random((len(points), samples))
    for row, (point, at) in enumerate(zip(points.tolist(), flow.task[points].tolist(), strict=True)):
        source, group = durations.source[at], durations.group[at]
        if source == HISTORY and group is not None:
            past = durations.history[group]
            drawn[point] = past[(chance[row] * len(past)).astype(np.int64)] * np.exp(_SMOOTHING * normal[row])
        else:
            middle = durations.minutes[at] * (spread.bias if source == ESTIMATE else 1.0)
            drawn[point] = middle * np.exp(spread.sigma * normal[row])
    return drawn


def expected(flow: Flow, durations: Durations, spread: Spread) -> Ints:
    """The median minutes of each point, at least 1 where there is work: what plans are ordered by."""
    weights = flow.weights(durations.minutes)
    estimated = np.array([at >= 0 and durations.source[at] == ESTIMATE for at in flow.task.tolist()], dtype=np.bool_)
    scaled = np.maximum(np.rint(weights * spread.bias), 1).astype(np.int64)
    return np.where(estimated & (weights > 0), scaled, weights)
