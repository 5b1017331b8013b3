"""Where work waits: tasks that hold up much of it, and roles and people who have more than their share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Floats, Ints, Mask, reached
from vespera_core.analysis.durations import durations_of
from vespera_core.analysis.flow import Flow, flow_of
from vespera_core.analysis.network import Network
from vespera_core.analysis.ready import Standing, standing
from vespera_core.analysis.results import BlockedWeight, Bottlenecks, Workload
from vespera_core.analysis.timing import Timing, timing
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros
from vespera_core.model.graph import GraphNode

PRIORITY_WEIGHTS: Final = (5, 4, 3, 2, 1)
"""What a minute of work counts by priority, critical to someday."""

OVERLOADED: Final = 1.5
_EXACT: Final = 2_000
_SKETCHES: Final = 64
_CANDIDATES: Final = 3
"""How many candidates are counted exactly for each place in the ranking."""


def bottlenecks(network: Network, now: Micros, project_id: str | None = None, *, limit: int = 10) -> Bottlenecks:
    """The `limit` tasks that most open work waits for, and all roles and assignees of the open work.

    In flows of more than 2,000 points, the ranking picks its candidates by an estimate (Cohen 1997) and then counts
    exactly what waits for each of them; a task that is not far from the last place may be missed.
    """
    if not 1 <= limit <= _EXACT:
        raise InvalidInput(f"limit must be 1 to {_EXACT:,}.", field="limit")
    flow, stands = flow_of(network, project_id), standing(network, now)
    times = timing(flow, durations_of(network).minutes)
    inside = network.of_project(project_id)
    return Bottlenecks(
        tasks=_ranked(network, flow, times, stands, limit),
        roles=_loads(network, flow, times, stands, inside, lambda node: node.role),
        assignees=_loads(network, flow, times, stands, inside, lambda node: node.assignee),
        circular=network.names(flow.circular.tolist()),
    )


def _priority_weights(network: Network, flow: Flow, weights: Ints) -> Ints:
    """Minutes by point, weighted by the priority of their task."""
    ranks = [min(max(network.nodes[at].priority, 0), 4) if at >= 0 else 4 for at in flow.task.tolist()]
    return weights * np.array(PRIORITY_WEIGHTS, dtype=np.int64)[np.array(ranks, dtype=np.int64)]


def _ranked(network: Network, flow: Flow, times: Timing, stands: Standing, limit: int) -> tuple[BlockedWeight, ...]:
    points, sums = behind(flow, _priority_weights(network, flow, times.weights), times.weights, limit)
    return tuple(
        _blocked(network, times, stands, int(flow.task[point]), *row)
        for point, row in zip(points.tolist(), sums.tolist(), strict=True)
    )


def behind(flow: Flow, weighted: Ints, weights: Ints, limit: int) -> tuple[Ints, Ints]:
    """The finishes of the tasks that most waits for, and by row: weighted minutes, minutes and tasks behind each."""
    counts = (flow.ends & (flow.task >= 0)).astype(np.int64)
    columns = np.stack((weighted, weights, counts), axis=1)
    points = flow.finish_of[flow.tasks]
    if len(flow) <= _EXACT:
        sums = flow.backward.gathered(np.eye(len(flow), dtype=np.bool_), np.maximum)[points] @ columns
    else:
        points = points[np.argsort(-_estimated(flow, weighted)[points], kind="stable")[: limit * _CANDIDATES]]
        sums = np.stack([columns[reached(flow.before.turned, [at])].sum(axis=0) for at in points.tolist()])
    sums = sums - columns[points]
    ranks = np.lexsort((points, -sums[:, 2], -sums[:, 0]))[:limit]
    ranks = ranks[sums[ranks, 2] > 0]
    return points[ranks], sums[ranks]


def _blocked(
    network: Network, times: Timing, stands: Standing, at: int, weight: int, minutes: int, tasks: int
) -> BlockedWeight:
    node = network.nodes[at]
    return BlockedWeight(
        task_id=node.task_id,
        weight=weight,
        blocked_minutes=minutes,
        blocked_tasks=tasks,
        ready=bool(stands.ready[at]),
        active=node.category == "active",
        critical=bool(times.slack[at] == 0),
        role=node.role,
        assignee=node.assignee,
    )


def _estimated(flow: Flow, weighted: Ints) -> Floats:
    """The weight behind each point, its own included, estimated from the smallest of 64 random arrival times.

    If every task draws an exponential time whose rate is its weight, the smallest time behind a point is exponential
    with the sum of the weights as its rate (Cohen 1997). The draws are seeded.
    """
    draws = np.random.Generator(np.random.PCG64(0)).standard_exponential((len(flow), _SKETCHES))
    with np.errstate(divide="ignore"):
        arrivals = draws / weighted[:, None]
    smallest: Floats = flow.backward.gathered(arrivals, np.minimum)
    rates: Floats = (_SKETCHES - 1) / np.maximum(smallest.sum(axis=1), 1e-300)
    return rates


def _loads(
    network: Network,
    flow: Flow,
    times: Timing,
    stands: Standing,
    inside: Mask,
    name_of: Callable[[GraphNode], str | None],
) -> tuple[Workload, ...]:
    groups: dict[str | None, list[int]] = {}
    for at in flow.tasks.tolist():
        if inside[at] and not flow.container[at]:
            groups.setdefault(name_of(network.nodes[at]), []).append(at)
    minutes = times.finish - times.start
    named = [int(minutes[group].sum()) for name, group in groups.items() if name is not None]
    mean = sum(named) / len(named) if named else 0.0
    loads = [_load(network, times, stands, minutes, mean, name, group) for name, group in groups.items()]
    return tuple(sorted(loads, key=lambda one: (-one.work_minutes, one.name is None, one.name or "")))


def _load(
    network: Network, times: Timing, stands: Standing, minutes: Ints, mean: float, name: str | None, group: list[int]
) -> Workload:
    work = int(minutes[group].sum())
    ready = np.array(group)[stands.ready[group]]
    critical = int(minutes[np.array(group)[times.slack[group] == 0]].sum())
    load = round(work / mean, 4) if mean and name is not None else 0.0
    return Workload(
        name=name,
        tasks=len(group),
        work_minutes=work,
        ready_tasks=len(ready),
        ready_minutes=int(minutes[ready].sum()),
        active_tasks=sum(network.nodes[at].category == "active" for at in group),
        critical_share=round(critical / work, 4) if work else 0.0,
        load=load,
        overloaded=load > OVERLOADED,
    )
