"""Where answers come from: the configured graph, or the in-process one in its place; and structures from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.graph import network
from vespera_core.errors import EngineFault, PluginFault, Refused
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.public import public
from vespera_core.ports.graph import Direction, Graph

from .conftest import CRITICAL, DAY, NOW, Clock, build, opened

QUESTIONS: dict[str, Callable[[Vespera], Any]] = {
    "dependencies": lambda ledger: ledger.graph.dependencies("plaster"),
    "paths": lambda ledger: ledger.graph.paths("walls", "paint"),
    "metrics": lambda ledger: ledger.graph.metrics(),
    "cycles": lambda ledger: ledger.graph.cycles(),
    "critical path": lambda ledger: ledger.graph.critical_path(),
    "impact": lambda ledger: ledger.graph.impact("walls"),
    "bottlenecks": lambda ledger: ledger.graph.bottlenecks(),
    "waves": lambda ledger: ledger.graph.waves(),
    "what if": lambda ledger: ledger.graph.whatif([{"kind": "delete", "task_id": "walls"}]),
    "forecast": lambda ledger: ledger.graph.forecast(samples=50),
    "back test": lambda ledger: ledger.graph.backtest(samples=20),
    "picture": lambda ledger: ledger.graph.picture(around="walls", hops=1),
    "health": lambda ledger: ledger.graph.health(),
    "timeline": lambda ledger: ledger.graph.timeline(agents=2),
    "burnup": lambda ledger: ledger.graph.burnup(),
    "dashboard": lambda ledger: ledger.graph.dashboard(),
    "insights": lambda ledger: ledger.graph.insights(),
}


class Standing(Graph):
    """A graph that answers with one structure, or fails."""

    def __init__(self, answer: Callable[[], Structure]) -> None:
        self._answer = answer

    def structure(self) -> Structure:
        return self._answer()

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        raise NotImplementedError

    def path(self, source: str, target: str) -> list[str]:
        raise NotImplementedError

    def neighbours(self, task_id: str) -> list[Edge]:
        raise NotImplementedError


def with_graph(ledger: Vespera, answer: Callable[[], Structure]) -> Vespera:
    """Let a ledger ask this instead of its own graph."""
    ledger.kernel.engines._open["graph"] = Standing(answer)
    return ledger


def test_every_answer_is_the_same_on_both_stores(tmp_path: Path, clock: Clock) -> None:
    """Also after work has gone on: with a claim, a hold, a deletion and a parent."""
    shown = []
    for store in ("memory", "sqlite"):
        clock.at = NOW
        with opened(store, tmp_path, clock) as ledger:
            build(ledger)
            ledger.tasks.create_task("Inside", task_id="inside", estimate_minutes=0)
            for one in ("plaster", "paint"):
                ledger.tasks.update_task(one, parent_id="inside")
            clock.at += DAY
            ledger.tasks.complete_task("survey")
            ledger.tasks.claim("permit", human=True)
            ledger.tasks.block("windows")
            ledger.tasks.delete_task("handover")
            clock.at += DAY
            shown.append({name: _settled(public(ask(ledger))) for name, ask in QUESTIONS.items()})
    assert shown[0] == shown[1]


def _settled(answer: dict[str, Any]) -> dict[str, Any]:
    """The position differs: a workspace's project is made in another way than a memory ledger's."""
    return {name: value for name, value in answer.items() if name != "position"}


def test_a_graph_that_fails_is_stood_in_for_and_that_is_said(house: Vespera) -> None:
    right = {name: ask(house) for name, ask in QUESTIONS.items()}

    def failing() -> Structure:
        raise EngineFault("The graph database is on fire.")

    house.kernel.engines._caches.clear()
    with_graph(house, failing)
    for name, ask in QUESTIONS.items():
        found = ask(house)
        assert found.stand_in_reason == "The graph database is on fire.", name
        assert replace(found, stand_in_reason=None) == right[name], name


def test_a_question_in_a_language_is_not_stood_in_for(house: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    with_graph(house, house.kernel.engines.memory_graph().structure)

    def failing(*_: object) -> None:
        raise EngineFault("The graph database is on fire.")

    monkeypatch.setattr(Standing, "query", failing)
    with pytest.raises(EngineFault, match="on fire"):
        house.graph.query("MATCH (t) RETURN t")


def test_a_named_graph_that_is_not_installed_is_stood_in_for_and_asked_for(tmp_path: Path, clock: Clock) -> None:
    opened("sqlite", tmp_path, clock).close()
    with Vespera.open(tmp_path, graph="nosuchgraph") as ledger:
        reason = ledger.graph.critical_path().stand_in_reason
        with pytest.raises(PluginFault) as caught:
            ledger.graph.query("MATCH (t) RETURN t")
    assert str(reason).startswith("graph 'nosuchgraph' is not offered by any plugin; on offer: memory (vespera-core ")
    assert str(reason).endswith(
        "Memory answers instead. Install the plugin that brings 'nosuchgraph', or name one that is on offer."
        " To do without it: 'vespera config set graph memory'."
    )
    assert "nosuchgraph" in caught.value.message


def test_the_network_is_laid_out_once_for_each_position(house: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = network._laid_out

    def noted(kernel: Any) -> Any:
        made.append(1)
        return real(kernel)

    monkeypatch.setattr(network, "_laid_out", noted)
    for ask in QUESTIONS.values():
        ask(house)
    assert len(made) == 1
    house.tasks.complete_task("survey")
    assert [one.task_id for one in house.graph.critical_path().tasks] == CRITICAL[1:]
    house.graph.dashboard()
    assert len(made) == 2


# ---------------------------------------------------------------- circles, which no ledger lets in


@pytest.fixture
def knotted(house: Vespera) -> Vespera:
    """The house, with an arrow that makes the wiring wait for the paint."""
    true = house.kernel.engines.memory_graph().structure()
    edges = tuple(sorted([*true.edges, Edge("wiring", "depends_on", "paint")]))
    return with_graph(house, lambda: Structure(true.position, true.nodes, edges))


def test_circles_from_outside_are_shown(knotted: Vespera) -> None:
    found = knotted.graph.cycles()
    assert found.tasks_in_circles == 3
    assert found.circles[0].shortest == ("paint", "plaster", "wiring")
    assert found.titles["wiring"] == "Wiring"


def test_plans_leave_circles_out_and_say_so(knotted: Vespera) -> None:
    tied = ("paint", "plaster", "wiring")
    assert knotted.graph.critical_path().circular == tied
    assert knotted.graph.critical_path().length_minutes == 60 + 480 + 960 + 1_440 + 720
    assert knotted.graph.waves().circular == tied
    assert knotted.graph.forecast(samples=20).circular == tied
    assert knotted.graph.timeline().circular == tied
    with pytest.raises(Refused, match="no place in the plan"):
        knotted.graph.impact("wiring", delay_minutes=60)
    assert knotted.graph.impact("roof", delay_minutes=60).delay is not None


def test_reports_live_with_circles(knotted: Vespera) -> None:
    assert "circles" in [one.kind for one in knotted.graph.health().reasons]
    circles = next(one for one in knotted.graph.insights().insights if one.kind == "circles")
    assert set(circles.task_ids) == {"paint", "plaster", "wiring"}
    assert knotted.graph.dashboard().open == 11
    assert len(knotted.graph.picture().nodes) == 11
    assert knotted.graph.dependencies("wiring").depth_above is None
    for ask in QUESTIONS.values():
        ask(knotted)


def test_a_task_that_the_graph_does_not_know_yet(house: Vespera) -> None:
    """As where another process writes between the look at the store and the look at the graph."""
    true = house.kernel.engines.memory_graph().structure()
    nodes = tuple(node for node in true.nodes if node.task_id != "handover")
    with_graph(house, lambda: Structure(true.position, nodes, true.edges))
    with pytest.raises(Exception, match="handover") as caught:
        house.graph.impact("handover")
    assert getattr(caught.value, "code", "") == "not_found"
    assert [one.task_id for one in house.graph.critical_path().tasks] == CRITICAL[:-1]


# ---------------------------------------------------------------- pictures


def test_a_picture_of_everything_and_of_a_part(house: Vespera) -> None:
    found = house.graph.picture()
    assert [one.task_id for one in found.nodes] == sorted([*CRITICAL, "roof", "windows", "wiring"])
    assert len(found.edges) == 13
    assert found.total == 11
    assert {one.task_id for one in found.nodes if one.critical} == set(CRITICAL)
    assert [one.task_id for one in found.nodes if one.ready] == ["survey"]
    near = house.graph.picture(around="paint", hops=1)
    assert [one.task_id for one in near.nodes] == ["handover", "paint", "plaster", "roof"]
    assert [(one.source, one.target) for one in near.edges] == [
        ("handover", "paint"), ("paint", "plaster"), ("paint", "roof"),
    ]  # fmt: skip


def test_a_picture_is_bounded_and_says_of_how_many(house: Vespera) -> None:
    found = house.graph.picture(limit=3)
    assert (len(found.nodes), found.total) == (3, 11)
    assert {one.task_id for one in found.nodes} <= set(CRITICAL)
    house.tasks.complete_task("survey")
    assert house.graph.picture().total == 10
    assert house.graph.picture(closed=True).total == 11
    assert not next(one for one in house.graph.picture(closed=True).nodes if one.task_id == "survey").open
