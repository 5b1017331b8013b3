"""Values of another type than a request declares are refused by name: nothing goes wrong further down."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vespera_core.app.application import Vespera
from vespera_core.app.graph import requests
from vespera_core.errors import InvalidInput, VesperaError

from .conftest import build

OPERATIONS: Final[dict[str, tuple[type, dict[str, Any]]]] = {
    "graph.path": (requests.FindPaths, {"first": "roof", "second": "walls"}),
    "graph.metrics": (requests.InProject, {}),
    "graph.critical_path": (requests.InProject, {}),
    "graph.impact": (requests.AskImpact, {"task_id": "roof"}),
    "graph.bottlenecks": (requests.FindBottlenecks, {}),
    "graph.waves": (requests.AskWaves, {}),
    "graph.whatif": (requests.AskWhatIf, {"changes": ()}),
    "graph.forecast": (requests.AskForecast, {"samples": 5}),
    "graph.backtest": (requests.AskBackTest, {"samples": 5}),
    "graph.picture": (requests.AskPicture, {}),
    "project.health": (requests.AskHealth, {}),
    "project.burnup": (requests.AskBurnUp, {}),
    "project.timeline": (requests.AskTimeline, {}),
    "project.dashboard": (requests.InProject, {}),
    "project.insights": (requests.AskInsights, {}),
}
WRONG: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=3),
    st.text(st.characters(codec=None, categories=("L", "N", "Cs", "Cc")), max_size=5),
    st.lists(st.one_of(st.integers(), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)), max_size=3),
    st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), st.one_of(st.integers(), st.floats()), max_size=2),
)  # fmt: skip


@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_is_given_is_answered_or_refused(operation: str) -> None:
    """Every value of every field: nothing but errors of our own comes out."""
    kind, needed = OPERATIONS[operation]
    refusals: set[str] = set()
    with Vespera.in_memory(actor="ann") as ledger:
        build(ledger)

        @settings(max_examples=60, deadline=None, derandomize=True, database=None)
        @given(name=st.sampled_from([one.name for one in fields(kind)]), value=WRONG)
        def ask(name: str, value: object) -> None:
            try:
                ledger.call(operation, kind(**{**needed, name: value}))
            except VesperaError as error:
                refusals.add(error.code)

        ask()
    assert "invalid_input" in refusals
    assert refusals <= {"invalid_input", "not_found", "ambiguous_id", "refused"}


@pytest.mark.parametrize(
    ("operation", "name", "value", "message"),
    [
        ("graph.forecast", "samples", True, "samples must be a whole number; got True"),
        ("graph.forecast", "agents", "2", "agents must be a whole number or nothing; got '2'"),
        ("graph.forecast", "capacities", [("builder", 1)], "capacities must be an object"),
        ("graph.forecast", "capacities", {1: 1}, "capacities must be an object"),
        ("graph.backtest", "hours_per_day", math.nan, "hours_per_day must be a number; got nan"),
        ("graph.impact", "complete", "yes", "complete must be true or false; got 'yes'"),
        ("graph.whatif", "changes", {"kind": "complete"}, "changes must be a list"),
        ("project.dashboard", "project_id", ["mem"], "project_id must be text or nothing"),
    ],
)
def test_the_field_is_named_with_what_it_must_be(operation: str, name: str, value: object, message: str) -> None:
    kind, needed = OPERATIONS[operation]
    with Vespera.in_memory(actor="ann") as ledger, pytest.raises(InvalidInput) as caught:
        build(ledger).call(operation, kind(**{**needed, name: value}))
    assert caught.value.message.startswith(message)
    assert caught.value.details["field"] == name


def test_whole_numbers_do_for_hours_and_lists_for_changes(house: Vespera) -> None:
    graph = house.graph
    assert graph.forecast(samples=5, hours_per_day=8) == graph.forecast(samples=5, hours_per_day=8.0)
    change = {"kind": "complete", "task_id": "survey"}
    assert graph.whatif([change]) == graph.whatif((change,))
