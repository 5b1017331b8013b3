"""What can run at the same time, and how many agents are of use."""

from __future__ import annotations

from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Ints
from vespera_core.analysis.durations import durations_of
from vespera_core.analysis.flow import Flow, flow_of
from vespera_core.analysis.listing import crew, list_schedule, urgency
from vespera_core.analysis.network import Network
from vespera_core.analysis.results import AgentCount, Wave, Waves
from vespera_core.errors import InvalidInput

MOST_AGENTS: Final = 64
_WORTH: Final = 0.01
"""The share of the time that more agents must save to be worth having."""


def waves(network: Network, project_id: str | None = None, *, max_agents: int = 8) -> Waves:
    """The open work in waves, and how long it takes with 1 to `max_agents` agents.

    A task stands in the first wave after all that it waits for; containers with open children stand in none, as they
    have no work of their own. Times come from list scheduling, the longest remaining path first (Graham 1969), which
    is never worse than twice the best. `lower_bound_minutes` is what no plan beats: the longer of the critical path
    and an equal share of all work (Brent 1974).
    """
    check_agents(max_agents)
    flow = flow_of(network, project_id)
    weights = flow.weights(durations_of(network).minutes)
    found = _waves(network, flow, weights)
    work, critical = int(weights.sum()), int(flow.forward.longest(weights).max(initial=0))
    by_agents = _by_agents(network, flow, weights, critical, max_agents)
    return Waves(
        waves=found,
        width=max((len(wave.tasks) for wave in found), default=0),
        work_minutes=work,
        critical_minutes=critical,
        parallelism=round(work / critical, 4) if critical else 0.0,
        by_agents=by_agents,
        best_agents=_best(by_agents),
        circular=network.names(flow.circular.tolist()),
    )


def check_agents(max_agents: int) -> None:
    """Raise InvalidInput for a greatest number of agents outside of 1 to 64."""
    if not 1 <= max_agents <= MOST_AGENTS:
        raise InvalidInput(f"max_agents must be 1 to {MOST_AGENTS}.", field="max_agents")


def _waves(network: Network, flow: Flow, weights: Ints) -> tuple[Wave, ...]:
    points = np.flatnonzero(flow.working)
    number = flow.forward.longest(flow.working.astype(np.int64))[points]
    order = np.argsort(number, kind="stable")
    cuts = np.flatnonzero(np.diff(number[order])) + 1
    groups = np.split(points[order], cuts) if len(points) else []
    return tuple(
        Wave(
            number=at,
            tasks=network.names(flow.task[group].tolist()),
            work_minutes=int(weights[group].sum()),
            longest_minutes=int(weights[group].max()),
        )
        for at, group in enumerate(groups, 1)
    )


def _by_agents(network: Network, flow: Flow, weights: Ints, critical: int, max_agents: int) -> tuple[AgentCount, ...]:
    work, ranks = int(weights.sum()), urgency(network, flow, weights)
    lines: list[AgentCount] = []
    makespan = work
    for agents in range(1, max_agents + 1):
        if makespan > critical:  # else more agents change nothing
            makespan = list_schedule(flow, weights, ranks, crew(agents)).makespan
        lines.append(
            AgentCount(
                agents=agents,
                makespan_minutes=makespan,
                lower_bound_minutes=max(-(-work // agents), critical),
                speedup=round(work / makespan, 4) if makespan else 1.0,
                utilisation=round(work / (makespan * agents), 4) if makespan else 0.0,
            )
        )
    return tuple(lines)


def _best(lines: tuple[AgentCount, ...]) -> int:
    """The smallest number of agents whose time no larger number tried beats by one part in a hundred."""
    shortest = min(line.makespan_minutes for line in lines)
    return next(line.agents for line in lines if line.makespan_minutes * (1 - _WORTH) <= shortest)
