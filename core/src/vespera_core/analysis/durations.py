"""How long open tasks take, in minutes of work, and how that is known.

An estimate is taken at its word, and 0 makes a milestone. Without one, history speaks: the median time from start to
close of closed tasks of the same project and type, else of the same project, else of the same type, else of all, from
five of them on. Else a task counts an hour. Time spent on tasks in progress is not subtracted: nobody records how far
they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from vespera_core.analysis.arrays import Floats, Ints, ints
from vespera_core.analysis.network import Network, Origin
from vespera_core.model.basics import SECOND
from vespera_core.model.graph import GraphNode
from vespera_core.model.record import record
from vespera_core.model.workflow import CANCELLED

DEFAULT_MINUTES: Final = 60
SHORTEST_MINUTES: Final = 1
LONGEST_MINUTES: Final = 4_800
"""Ten days of eight hours: a task that lay open for a year says nothing about the work of the next one."""

FEWEST_SAMPLES: Final = 5

ESTIMATE, HISTORY, DEFAULT, CONTAINER = "estimate", "history", "default", "container"

_GROUPS: Final[tuple[Callable[[GraphNode], tuple[str | None, str | None]], ...]] = (
    lambda node: (node.project_id, node.type),
    lambda node: (node.project_id, None),
    lambda node: (None, node.type),
    lambda _: (None, None),
)


@record(frozen=True, slots=True, kw_only=True)
class Durations:
    """Minutes by task number, where each came from, and the samples of history by group, ascending.

    `group` names the samples that speak for a task without an estimate, None where there are none.
    """

    minutes: Ints
    source: tuple[str, ...]
    group: tuple[tuple[str | None, str | None] | None, ...]
    history: dict[tuple[str | None, str | None], Floats]


def cycle_minutes(node: GraphNode, hours_per_day: float = 24.0) -> float | None:
    """The minutes of work from a closed task's start to its close, clamped; None for what tells nothing.

    Elapsed time counts in the share of the day that is worked. Cancelled tasks tell nothing.
    """
    if node.open or node.status == CANCELLED or node.started_at is None or node.closed_at is None:
        return None
    elapsed = (node.closed_at - node.started_at) / (60 * SECOND) * (hours_per_day / 24)
    return float(min(max(elapsed, SHORTEST_MINUTES), LONGEST_MINUTES)) if elapsed >= 0 else None


def durations_of(network: Network, hours_per_day: float = 24.0) -> Durations:
    """The durations of all tasks of a network."""
    return network.kept(("durations", hours_per_day), lambda: _made(network, hours_per_day))


def _made(network: Network, hours_per_day: float) -> Durations:
    origin = network.origin
    if origin is not None and origin.numbers.min(initial=0) >= 0 and _teaches_nothing(network, origin, hours_per_day):
        return _inherited(network, origin, durations_of(origin.network, hours_per_day))
    history = _history(network.nodes, hours_per_day)
    medians = _medians(history)
    groups = tuple(None if node.estimate_minutes is not None else _group(node, history) for node in network.nodes)
    return Durations(
        minutes=ints(_minutes(node, group, medians) for node, group in zip(network.nodes, groups, strict=True)),
        source=tuple(_source(node, group) for node, group in zip(network.nodes, groups, strict=True)),
        group=groups,
        history=history,
    )


def _teaches_nothing(network: Network, origin: Origin, hours_per_day: float) -> bool:
    """Whether all that a derived network changed or left out has no part in the history of either."""
    other = [network.nodes[at] for at in network.changed]
    touched = (*np.flatnonzero(origin.fates < 0).tolist(), *origin.numbers[network.changed].tolist())
    return all(
        cycle_minutes(node, hours_per_day) is None for node in (*other, *map(origin.network.nodes.__getitem__, touched))
    )


def _inherited(network: Network, origin: Origin, base: Durations) -> Durations:
    """The durations of the network that a derived one came from, those of changed tasks made anew."""
    origins = origin.numbers.tolist()
    minutes, medians = base.minutes[origin.numbers], _medians(base.history)
    source, group = [base.source[at] for at in origins], [base.group[at] for at in origins]
    for at in network.changed:
        node = network.nodes[at]
        group[at] = None if node.estimate_minutes is not None else _group(node, base.history)
        minutes[at], source[at] = _minutes(node, group[at], medians), _source(node, group[at])
    return Durations(minutes=minutes, source=tuple(source), group=tuple(group), history=base.history)


def _medians(history: dict[tuple[str | None, str | None], Floats]) -> dict[tuple[str | None, str | None], int]:
    return {group: max(round(float(np.median(samples))), SHORTEST_MINUTES) for group, samples in history.items()}


def _history(nodes: Iterable[GraphNode], hours_per_day: float) -> dict[tuple[str | None, str | None], Floats]:
    samples: dict[tuple[str | None, str | None], list[float]] = {}
    for node in nodes:
        minutes = cycle_minutes(node, hours_per_day)
        if minutes is not None:
            for group in dict.fromkeys(name(node) for name in _GROUPS):
                samples.setdefault(group, []).append(minutes)
    return {group: np.sort(values) for group, values in samples.items() if len(values) >= FEWEST_SAMPLES}


def _group(
    node: GraphNode, history: dict[tuple[str | None, str | None], Floats]
) -> tuple[str | None, str | None] | None:
    return next((group for name in _GROUPS if (group := name(node)) in history), None)


def _minutes(
    node: GraphNode, group: tuple[str | None, str | None] | None, medians: dict[tuple[str | None, str | None], int]
) -> int:
    if node.estimate_minutes is not None:
        return max(node.estimate_minutes, 0)
    return DEFAULT_MINUTES if group is None else medians[group]


def _source(node: GraphNode, group: tuple[str | None, str | None] | None) -> str:
    if node.estimate_minutes is not None:
        return ESTIMATE
    return DEFAULT if group is None else HISTORY
