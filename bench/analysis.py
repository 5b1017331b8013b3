"""Analysis: pure functions beside rustworkx on a graph that is ready, and what a person waits for.

What follows from a structure alone (the flow of its open work) is kept with the network, as rustworkx keeps its graph;
the path, the impact and the plan are worked out anew each time.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import rustworkx

from bench.measure import Figure, Sizes, Target, calls_in_turns
from bench.stores import Shape, Stores, is_open, opened, task_id
from vespera_core.analysis.forecast import forecast
from vespera_core.analysis.network import Network
from vespera_core.analysis.schedule import critical_path
from vespera_core.app.application import Vespera
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge, GraphNode, Structure

NOW = Micros(1_770_000_000_000_000)
SPAN = 500
"""Dependencies reach back at most so many tasks, which makes about 1,300 levels of 100,000 tasks."""
MINUTES = 600
DEPENDENTS = "rustworkx: all that depends on a task, on a ready graph"
Ask = Callable[[Vespera, str], object]


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    yield from _critical_path(sizes)
    yield from _questions(sizes, stores)
    yield _forecast(sizes)


def structure(tasks: int, degree: int, roles: tuple[str, ...] = ()) -> Structure:
    """Open tasks with estimates, each depending on earlier ones: always the same."""
    source = random.Random(tasks)
    edges = {
        Edge(task_id(number), "depends_on", task_id(target))
        for number in range(1, tasks)
        for target in source.sample(range(max(0, number - SPAN), number), min(number, degree))
    }
    nodes = (
        GraphNode(
            task_id(number), "bench", 1, "task", "pending", "todo", number % 5, None,
            source.choice(roles) if roles else None, None, source.randrange(10, 500), NOW, None, None, None, None,
        )
        for number in range(tasks)
    )  # fmt: skip
    return Structure(1, tuple(nodes), tuple(sorted(edges)))


class _Ready:
    """The same graph for rustworkx, from what is needed to what needs it; an arrow weighs what its start takes."""

    def __init__(self, whole: Structure) -> None:
        number = {node.task_id: at for at, node in enumerate(whole.nodes)}
        minutes = [node.estimate_minutes or 60 for node in whole.nodes]
        self.graph: rustworkx.PyDiGraph[Any, Any] = rustworkx.PyDiGraph()
        self.graph.add_nodes_from(list(range(len(whole.nodes))))
        self.graph.add_edges_from(
            [(number[one.target], number[one.source], minutes[number[one.target]])
             for one in whole.edges if one.kind == "depends_on"]
        )  # fmt: skip
        self._turns = itertools.cycle(range(0, len(whole.nodes), 7))

    def path(self) -> list[int]:
        return list(rustworkx.dag_longest_path(self.graph, lambda _source, _target, minutes: minutes))

    def behind(self) -> set[int]:
        """What depends on the next task, directly or not."""
        return rustworkx.descendants(self.graph, next(self._turns))


def _critical_path(sizes: Sizes) -> Iterator[Figure]:
    whole = structure(sizes.large, 3)
    network, ready = Network(whole), _Ready(whole)
    rounds = max(3, sizes.rounds // 2)
    name = f"critical path, {sizes.large:,} tasks, {len(whole.edges):,} edges"
    pairs = calls_in_turns(lambda: critical_path(network), ready.path, rounds)
    yield Figure(name, pairs, Target("ours / raw", 2), "rustworkx: its longest path, on a ready graph")
    pairs = calls_in_turns(lambda: critical_path(Network(whole)), lambda: _Ready(whole).path(), rounds)
    yield Figure(f"{name}, the first time", pairs, Target("ours / raw"), "the same, with making the graph")


def _questions(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """Impact and what-if of a store, through the operations, once the graph is loaded."""
    shape = Shape(sizes.small, degree=3)
    with opened(stores.filled(shape).folder) as ledger:
        ready = _Ready(ledger.kernel.engines.memory_graph().structure())
        for name, ask in _asks().items():
            pairs = calls_in_turns(_asked(ask, ledger, shape.tasks), ready.behind, max(5, sizes.calls // 4))
            yield Figure(f"{name}, {shape.tasks:,} tasks", pairs, Target("ours", 50), DEPENDENTS)


def _asked(ask: Ask, ledger: Vespera, tasks: int) -> Callable[[], object]:
    """A question, each time about another open task."""
    source = random.Random(1)
    ids = (task_id(number) for number in iter(lambda: source.randrange(tasks), None) if is_open(number))
    return lambda: ask(ledger, next(ids))


def _whatif(**change: Any) -> Ask:
    return lambda ledger, one: ledger.graph.whatif([{"task_id": one, **change}])


def _asks() -> dict[str, Ask]:
    return {
        "impact of a delay": lambda ledger, one: ledger.graph.impact(one, delay_minutes=MINUTES),
        "impact of completing": lambda ledger, one: ledger.graph.impact(one, complete=True),
        "impact of deleting": lambda ledger, one: ledger.graph.impact(one, delete=True),
        "what if it were done": _whatif(kind="complete"),
        "what if it took longer": _whatif(kind="delay", minutes=MINUTES),
        "what if it were deleted": _whatif(kind="delete"),
        "what if it waited for more": _whatif(kind="add_dependency", depends_on=[task_id(0)]),
    }


def _forecast(sizes: Sizes) -> Figure:
    tasks, samples = min(1_000, sizes.small), min(1_000, sizes.small)
    network = Network(structure(tasks, 2, ("front", "back", "docs")))
    source = np.random.default_rng(1)
    pairs = calls_in_turns(
        lambda: forecast(network, NOW, agents=4, samples=samples, seed=1),
        lambda: source.lognormal(size=(samples, tasks)), max(3, sizes.rounds // 3),
    )  # fmt: skip
    name = f"forecast, {tasks:,} tasks, {samples:,} samples, 1 to 8 agents"
    return Figure(name, pairs, Target("ours", 2_000), "numpy: drawing the durations alone")
