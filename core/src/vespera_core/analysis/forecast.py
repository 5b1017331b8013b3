"""When the open work will be over: many drawn runs of the plan, seeded, so that equal questions get equal answers."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Floats, Ints
from vespera_core.analysis.calendar import check_hours, moment_after
from vespera_core.analysis.draws import Spread, draw, expected, spread_of
from vespera_core.analysis.durations import Durations, durations_of
from vespera_core.analysis.flow import Flow, flow_of
from vespera_core.analysis.listing import Crew, crew, list_schedule, roles_of, urgency
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import AgentForecast, Criticality, Forecast, Quantile
from vespera_core.analysis.sampling import Runs, critical_counts, simulate
from vespera_core.analysis.timing import floors
from vespera_core.analysis.waves import check_agents
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros
from vespera_core.model.record import record

PERCENTS: Final = (50, 80, 95)
MOST_SAMPLES: Final = 100_000
_CELLS: Final = 2_000_000
"""Points times samples that are kept at once."""

_CURVE_CELLS: Final = 1_000_000
_FEWEST_SAMPLES: Final = 50


@record(frozen=True, slots=True, kw_only=True)
class _Question:
    """What all runs of a forecast share."""

    network: Network
    flow: Flow
    durations: Durations
    spread: Spread
    weights: Ints
    ranks: Ints
    floor: Ints
    seed: int


def forecast(
    network: Network,
    now: Micros,
    project_id: str | None = None,
    *,
    agents: int | None = 1,
    capacities: Mapping[str, int] | None = None,
    samples: int = 1000,
    seed: int = 0,
    hours_per_day: float = 24.0,
    max_agents: int = 8,
) -> Forecast:
    """P50, P80 and P95 of the end of the open work of a project (with what it waits for), or of all.

    `agents` work at the same time (None: as many as there is work for), of them at most `capacities[role]` in a role.
    Minutes are work; they become moments by `hours_per_day`, spread evenly over the days of the week. The curve over 1
    to `max_agents` agents uses the same draws; for more than a thousand tasks, fewer of them. Tasks held by hand count
    as if they were let go now, work in progress as if it began now. Raises InvalidInput for numbers out of range.
    """
    check_hours(hours_per_day)
    check_agents(max_agents)
    check_samples(samples, seed)
    team = crew(agents, capacities)
    question = _asked(network, now, project_id, hours_per_day, seed)
    ends, critical = _sampled(question, team, samples)
    return Forecast(
        open_tasks=len(question.flow.tasks),
        work_minutes=int(question.weights.sum()),
        agents=agents,
        samples=samples,
        seed=seed,
        hours_per_day=hours_per_day,
        mean_minutes=round(float(ends.mean())),
        quantiles=tuple(_quantile(ends, percent, now, hours_per_day) for percent in PERCENTS),
        spread_sigma=round(question.spread.sigma, 4),
        bias=round(question.spread.bias, 4),
        spread_source=question.spread.source,
        spread_samples=question.spread.samples,
        criticality=_criticality(question, critical, samples),
        by_agents=_curve(question, team, samples, max_agents, now, hours_per_day),
        circular=network.names(question.flow.circular.tolist()),
    )


def check_samples(samples: int, seed: int) -> None:
    """Raise InvalidInput for a number of samples or a seed out of range."""
    if not 1 <= samples <= MOST_SAMPLES:
        raise InvalidInput(f"samples must be 1 to {MOST_SAMPLES:,}.", field="samples")
    if not 0 <= seed < 2**63:
        raise InvalidInput("seed must be a whole number, 0 or more, below 2^63.", field="seed")


def finish_minutes(
    network: Network, now: Micros, *, agents: int | None, samples: int, seed: int, hours_per_day: float
) -> dict[int, int]:
    """The percentiles of the end of all open work alone, in minutes of work."""
    question = _asked(network, now, None, hours_per_day, seed)
    ends, _ = _sampled(question, crew(agents), samples, counted=False)
    return {percent: _percentile(ends, percent) for percent in PERCENTS}


def _asked(network: Network, now: Micros, project_id: str | None, hours_per_day: float, seed: int) -> _Question:
    flow, durations = flow_of(network, project_id), durations_of(network, hours_per_day)
    spread = spread_of(network, project_id, hours_per_day)
    weights = expected(flow, durations, spread)
    return _Question(
        network=network,
        flow=flow,
        durations=durations,
        spread=spread,
        weights=weights,
        ranks=urgency(network, flow, weights),
        floor=floors(network, flow, now, hours_per_day),
        seed=seed,
    )


def _sampled(question: _Question, team: Crew, samples: int, *, counted: bool = True) -> tuple[Floats, Ints]:
    """The ends of all samples, and how often each point was critical; in chunks that fit into memory."""
    random = np.random.Generator(np.random.PCG64(question.seed))
    at_once = max(_CELLS // max(len(question.flow), 1), _FEWEST_SAMPLES)
    ends, critical = [], np.zeros(len(question.flow), dtype=np.int64)
    order, roles = _order(question, team)
    for done in range(0, samples, at_once):
        size = min(at_once, samples - done)
        drawn = draw(question.flow, question.durations, question.spread, size, random)
        runs = simulate(question.flow, drawn, order, team, roles, question.floor)
        ends.append(runs.ends)
        if counted:
            critical += _counted(question, runs, order, drawn)
    return np.concatenate(ends), critical


def _counted(question: _Question, runs: Runs, order: tuple[int, ...], drawn: Floats) -> Ints:
    return critical_counts(runs, order, question.flow.working, drawn)


def _order(question: _Question, team: Crew) -> tuple[tuple[int, ...], list[str | None]]:
    roles = roles_of(question.network, question.flow, team)
    plan = list_schedule(question.flow, question.weights, question.ranks, team, roles, question.floor)
    return plan.order, roles


def _percentile(ends: Floats, percent: int) -> int:
    return ceil(float(np.quantile(ends, percent / 100, method="higher")) - 1e-6)


def _quantile(ends: Floats, percent: int, now: Micros, hours_per_day: float) -> Quantile:
    minutes = _percentile(ends, percent)
    return Quantile(percent=percent, minutes=minutes, at=moment_after(now, minutes, hours_per_day))


def _criticality(question: _Question, counts: Ints, samples: int) -> tuple[Criticality, ...]:
    """By task, ranked, those that were never critical left out."""
    order = np.argsort(-counts, kind="stable")
    return tuple(
        Criticality(
            task_id=question.network.ids[int(question.flow.task[at])], share=round(int(counts[at]) / samples, 4)
        )
        for at in order.tolist()
        if counts[at]
    )


def _curve(
    question: _Question, team: Crew, samples: int, max_agents: int, now: Micros, hours_per_day: float
) -> tuple[AgentForecast, ...]:
    few = min(samples, max(_CURVE_CELLS // max(len(question.flow), 1), _FEWEST_SAMPLES))
    random = np.random.Generator(np.random.PCG64(question.seed))
    drawn = draw(question.flow, question.durations, question.spread, few, random)
    lines = []
    for agents in range(1, max_agents + 1):
        smaller = Crew(agents=agents, capacities=team.capacities)
        order, roles = _order(question, smaller)
        ends = simulate(question.flow, drawn, order, smaller, roles, question.floor).ends
        p50, p80, p95 = (_percentile(ends, percent) for percent in PERCENTS)
        at = moment_after(now, p80, hours_per_day)
        lines.append(AgentForecast(agents=agents, p50_minutes=p50, p80_minutes=p80, p95_minutes=p95, p80_at=at))
    return tuple(lines)
