"""Planted bugs: each of these small lies in the code must make a test of this room fail."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import HypothesisException

from . import test_flow, test_impact, test_kernels, test_planning, test_reports, test_schedule

BUGS: list[tuple[str, str, str, Callable[..., None]]] = [
    ("flow", "(finish[above[direct]], finish[direct])", "(finish[:0], finish[:0])",
     test_schedule.test_earliest_and_latest_are_those_of_relaxation),
    ("flow", "(start[below], start[above[below]])", "(start[:0], start[:0])",
     test_schedule.test_earliest_and_latest_are_those_of_relaxation),
    ("flow", "both = network.open[rows] & network.open[items]", "both = network.open[rows] | network.open[items]",
     test_schedule.test_earliest_and_latest_are_those_of_relaxation),
    ("timing", "latest = length - flow.backward.longest(weights) + weights",
     "latest = length - flow.backward.longest(weights)",
     test_schedule.test_earliest_and_latest_are_those_of_relaxation),
    ("timing", "np.flatnonzero(last)[0]", "np.flatnonzero(last)[-1]",
     test_schedule.test_the_critical_path_is_the_first_of_the_longest_chains),
    ("layers", "latest = np.maximum.reduceat", "latest = np.minimum.reduceat",
     test_kernels.test_both_kernels_give_longest_chains),
    ("ready", 'ready = free & (category == "todo") & (wait <= now)', 'ready = free & (category == "todo")',
     test_flow.test_ready_is_what_the_rules_say),
    ("ready", "imposing = open_ & (", "imposing = (", test_flow.test_ready_is_what_the_rules_say),
    ("paths", "(1 - depth + distance[other], depth - 1, len(trail))", "(distance[other], depth - 1, len(trail))",
     test_flow.test_paths_are_all_simple_chains_shortest_first),
    ("cycles", "far = steps[at] + (other // 2 != at // 2)", "far = steps[at] + 1",
     test_flow.test_every_knot_is_found_with_a_shortest_circle),
    ("impact", "late_minutes=max(int(finish[at] - before.latest_finish[at]), 0)",
     "late_minutes=max(int(finish[at] - before.finish[at]), 0)", test_impact.test_a_delay_is_what_recomputing_shows),
    ("fork", "if parent is not None and parent in self.nodes:", "if False:",
     test_impact.test_a_circle_by_parents_is_refused),
    ("listing", "np.lexsort((-behind, ~active))", "np.lexsort((behind, ~active))",
     test_planning.test_list_scheduling_is_that_of_a_plain_simulator),
    ("sampling", "shifted = np.minimum(following, finish)", "shifted = following.copy()",
     test_planning.test_sampled_runs_of_certain_work_are_the_plan),
    ("bottlenecks", "sums = sums - columns[points]", "sums = sums * 1",
     test_reports.test_blocked_weight_is_what_waits),
    ("draws", "(spread.bias if source == ESTIMATE else 1.0)", "1.0",
     test_planning.test_spread_and_bias_come_from_history),
    ("burnup", 'side="right"', 'side="left"', test_reports.test_scope_and_done_by_day),
]  # fmt: skip
"""Module, what stands in it, what is put there instead, and the test that must notice."""


def functions(space: dict[str, Any], name: str) -> Iterator[tuple[str, FunctionType]]:
    """The functions and methods that a module defines, by a name that tells them apart."""
    for key, value in space.items():
        if isinstance(value, FunctionType) and value.__module__ == name:
            yield key, value
        elif isinstance(value, type) and value.__module__ == name:
            members = ((each, getattr(one, "func", getattr(one, "__func__", one))) for each, one in vars(value).items())
            yield from ((f"{key}.{each}", one) for each, one in members if isinstance(one, FunctionType))


@contextmanager
def planted(module: ModuleType, old: str, new: str) -> Iterator[None]:
    """The module with other code in the same functions, as other modules hold on to these."""
    text = Path(str(module.__file__)).read_text()
    assert text.count(old) == 1, "the planted bug no longer fits the code"
    space = {"__name__": module.__name__}
    exec(compile(text.replace(old, new), "planted", "exec"), space)
    real = dict(functions(vars(module), module.__name__))
    kept = {key: one.__code__ for key, one in real.items()}
    try:
        for key, one in functions(space, module.__name__):
            if key in real and one.__code__.co_freevars == kept[key].co_freevars:
                real[key].__code__ = one.__code__
        yield
    finally:
        for key, code in kept.items():
            real[key].__code__ = code


def run(test: Callable[..., None], examples: int) -> None:
    """A test as it is; one of Hypothesis at this dose, without saving or shrinking what it finds."""
    if not hasattr(test, "hypothesis"):
        test()
        return
    dose = settings(
        max_examples=examples, phases=[Phase.generate], database=None, deadline=None, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck), derandomize=True, print_blob=False,
    )  # fmt: skip
    costs = [mark.args[1] for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    for fixed in [{"cost": cost} for cost in costs[0]] if costs else [{}]:

        def bare(**values: Any) -> None:
            test.hypothesis.inner_test(**fixed, **values)  # noqa: B023 - called before the loop goes on

        dose(given(**test.hypothesis._given_kwargs)(bare))()


@pytest.mark.parametrize(("name", "old", "new", "test"), BUGS, ids=[f"{bug[0]}: {bug[2]}" for bug in BUGS])
def test_planted_bugs_are_noticed(name: str, old: str, new: str, test: Callable[..., None]) -> None:
    module = importlib.import_module(f"vespera_core.analysis.{name}")
    with planted(module, old, new), pytest.raises(Exception) as caught:  # noqa: PT011 - however it comes to light
        run(test, 500)
    assert not isinstance(caught.value, HypothesisException)


@pytest.mark.parametrize("test", dict.fromkeys(bug[3] for bug in BUGS))
def test_without_a_bug_nothing_is_noticed(test: Callable[..., None]) -> None:
    run(test, 5)
