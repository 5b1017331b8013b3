"""Questions about the plan of a house, whose answers were worked out by hand."""

from __future__ import annotations

import pytest

from vespera_core.app.application import Vespera
from vespera_core.errors import AmbiguousId, InvalidInput, NotFound, Refused, Unsupported, VesperaError
from vespera_core.model.basics import Micros

from .conftest import CRITICAL, DAY, HOUSE, MINUTE, NOW, Clock


def test_the_critical_path(house: Vespera) -> None:
    found = house.graph.critical_path()
    assert [one.task_id for one in found.tasks] == CRITICAL
    assert found.length_minutes == 4_020
    assert [one.duration_minutes for one in found.tasks] == [HOUSE[one][0] for one in CRITICAL]
    assert {one.slack_minutes for one in found.tasks} == {0}
    assert found.tasks[3].earliest_start_minutes == 60 + 480 + 960
    assert found.titles == {one: one.capitalize() for one in CRITICAL}
    assert found.stand_in_reason is None
    with house.kernel.storage.read() as reader:
        assert found.position == reader.position()


def test_dependencies(house: Vespera) -> None:
    found = house.graph.dependencies("plaster")
    assert [(one.task_id, one.distance) for one in found.prerequisites] == [
        ("plumbing", 1), ("windows", 1), ("wiring", 1), ("walls", 2), ("foundation", 3), ("permit", 4), ("survey", 5),
    ]  # fmt: skip
    assert [(one.task_id, one.distance) for one in found.dependents] == [("paint", 1), ("handover", 2)]
    assert found.root_blockers == ("survey",)
    assert found.titles["survey"] == "Survey"
    assert house.graph.dependencies("survey").unblocks == ("permit",)


def test_paths(house: Vespera) -> None:
    found = house.graph.paths("walls", "paint")
    assert (found.waits, found.waits_for, found.distance) == ("paint", "walls", 2)
    assert found.paths[0] == ("paint", "roof", "walls")
    assert {path[2] for path in found.paths[1:]} == {"windows", "wiring", "plumbing"}
    assert house.graph.paths("walls", "paint", limit=1).complete is False
    assert house.graph.paths("roof", "wiring").waits is None


def test_metrics_and_cycles(house: Vespera) -> None:
    found = house.graph.metrics()
    assert (found.tasks, found.edges, found.depth, found.components, found.isolated) == (11, 13, 7, 1, 0)
    assert house.graph.cycles().circles == ()


def test_a_delay_within_the_slack_moves_no_end(house: Vespera) -> None:
    found = house.graph.impact("roof", delay_minutes=60)
    assert found.completion is None
    assert found.deletion is None
    assert found.delay is not None
    assert found.delay.moved == ()
    assert [one.task_id for one in found.delay.absorbed] == ["roof"]
    assert found.delay.length_after_minutes == 4_020


def test_a_delay_beyond_the_slack_moves_the_end(house: Vespera) -> None:
    house.tasks.update_task("paint", due_at=Micros(NOW + 4_030 * MINUTE))
    found = house.graph.impact("roof", delay_minutes=180).delay
    assert found is not None
    assert [(one.task_id, one.late_minutes) for one in found.moved] == [("handover", 60), ("paint", 60), ("roof", 60)]
    assert found.length_after_minutes == 4_080
    assert [one.task_id for one in found.broken_dates] == ["paint"]


def test_a_completion(house: Vespera) -> None:
    found = house.graph.impact("survey", complete=True).completion
    assert found is not None
    assert (found.becomes_ready, found.was_critical, found.shortened_minutes) == (("permit",), True, 60)


def test_a_deletion(house: Vespera) -> None:
    found = house.graph.impact("plumbing", delete=True).deletion
    assert found is not None
    assert [(one.task_id, one.lost) for one in found.lost] == [("plaster", ("plumbing",))]
    assert found.length_after_minutes == 3_960


def test_all_changes_at_once_or_what_is_left_of_them(house: Vespera) -> None:
    found = house.graph.impact("survey")
    assert found.delay is not None
    assert found.delay.delay_minutes == 1_440
    assert found.completion is not None
    assert found.deletion is not None
    house.tasks.complete_task("survey")
    found = house.graph.impact("survey")
    assert (found.delay, found.completion) == (None, None)
    assert found.deletion is not None
    with pytest.raises(Refused, match="closed"):
        house.graph.impact("survey", complete=True)
    with pytest.raises(Refused, match="no place in the plan"):
        house.graph.impact("survey", delay_minutes=5)


def test_bottlenecks(house: Vespera) -> None:
    found = house.graph.bottlenecks()
    assert (found.tasks[0].task_id, found.tasks[0].blocked_tasks, found.tasks[0].blocked_minutes) == (
        "survey", 10, 5_220,
    )  # fmt: skip
    assert (found.roles[0].name, found.roles[0].work_minutes) == ("builder", 5_280)
    assert len(house.graph.bottlenecks(limit=2).tasks) == 2


def test_waves(house: Vespera) -> None:
    found = house.graph.waves(max_agents=4)
    assert [len(wave.tasks) for wave in found.waves] == [1, 1, 1, 1, 4, 1, 1, 1]
    assert found.waves[4].tasks == ("plumbing", "roof", "windows", "wiring")
    assert [line.makespan_minutes for line in found.by_agents] == [5_280, 4_260, 4_200, 4_020]


def test_what_if(house: Vespera) -> None:
    before = house.kernel.storage.figures(), house.graph.critical_path().position
    found = house.graph.whatif(
        [
            {"kind": "complete", "task_id": "surv"},
            {"kind": "add_dependency", "task_id": "permit", "depends_on": "paint"},
            {"kind": "complete", "task_id": "nothing-of-the-kind"},
            {"kind": "add_task", "task_id": "garden", "depends_on": ["walls"], "estimate_minutes": 5_000},
            {"kind": "add_dependency", "task_id": "handover", "depends_on": ["garden"]},
        ]
    )
    assert found.applied == 3
    assert [one.index for one in found.refused] == [1, 2]
    assert set(found.refused[0].cycle) >= {"permit", "paint"}
    assert found.added == ("garden",)
    assert found.ready_gained == ("permit",)
    assert found.ready_lost == ("survey",)
    assert found.before.length_minutes == 4_020
    assert found.after.length_minutes == 480 + 960 + 1_440 + 5_000
    assert (house.kernel.storage.figures(), house.graph.critical_path().position) == before
    assert house.graph.critical_path().length_minutes == 4_020


def test_forecasts_are_equal_for_equal_seeds(house: Vespera) -> None:
    first = house.graph.forecast(samples=300, seed=7, agents=2)
    assert first == house.graph.forecast(samples=300, seed=7, agents=2)
    assert first != house.graph.forecast(samples=300, seed=8, agents=2)
    assert [one.percent for one in first.quantiles] == [50, 80, 95]
    minutes = [one.minutes for one in first.quantiles]
    assert minutes == sorted(minutes)
    half = house.graph.forecast(samples=300, seed=7, agents=2, hours_per_day=12)
    assert half.quantiles[0].at - NOW == 2 * (first.quantiles[0].at - NOW)
    slow = house.graph.forecast(samples=300, seed=7, agents=4, capacities={"builder": 1})
    assert slow.quantiles[0].minutes > first.quantiles[0].minutes


def test_a_back_test_needs_history(house: Vespera) -> None:
    found = house.graph.backtest()
    assert found.reason is not None
    assert "not enough history" in found.reason
    assert found.cuts == ()


def test_the_timeline(house: Vespera) -> None:
    found = house.graph.timeline(agents=4)
    assert [one.task_id for one in found.entries][:4] == ["survey", "permit", "foundation", "walls"]
    assert found.finish == NOW + 4_020 * MINUTE
    roof = next(one for one in found.entries if one.task_id == "roof")
    assert roof.latest_finish is not None
    assert (roof.latest_finish - roof.finish) // MINUTE == 120


def test_health_and_burnup(house: Vespera, clock: Clock) -> None:
    found = house.graph.health()
    assert (found.tasks, found.open_tasks, found.ready_tasks) == (11, 11, 1)
    clock.at += 2 * DAY
    house.tasks.complete_task("survey")
    points = house.graph.burnup().points
    assert [(one.scope_tasks, one.done_tasks) for one in points] == [(11, 0), (11, 0), (11, 1)]
    assert house.graph.burnup(period="week").points[-1].done_minutes == 60


# ---------------------------------------------------------------- names and bad input


def test_ids_may_be_prefixes_and_deleted_tasks_are_not_there(house: Vespera) -> None:
    assert house.graph.dependencies("foun").task_id == "foundation"
    with pytest.raises(AmbiguousId):
        house.graph.impact("p")
    house.tasks.delete_task("handover")
    for ask in (house.graph.dependencies, house.graph.impact, lambda one: house.graph.paths("roof", one)):
        with pytest.raises(NotFound, match="deleted") as caught:
            ask("handover")
        assert "restore" in str(caught.value.next)
        with pytest.raises(NotFound, match="There is no task"):
            ask("nobody")
    assert [one.task_id for one in house.graph.critical_path().tasks] == CRITICAL[:-1]


def test_a_project_that_is_not_there_is_named(house: Vespera) -> None:
    graph = house.graph
    asks = [
        graph.metrics, graph.critical_path, graph.bottlenecks, graph.waves, graph.forecast, graph.backtest,
        graph.health, graph.timeline, graph.burnup, graph.dashboard, graph.insights,
        lambda one: graph.picture(project_id=one), lambda one: graph.whatif([], project_id=one),
        lambda one: graph.impact("roof", project_id=one),
    ]  # fmt: skip
    for ask in asks:
        with pytest.raises(NotFound, match="There is no project 'nowhere'"):
            ask("nowhere")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("forecast", {"agents": 0}), ("forecast", {"agents": -1}), ("forecast", {"samples": 0}),
        ("forecast", {"seed": -1}), ("forecast", {"capacities": {"builder": 0}}), ("forecast", {"hours_per_day": 0}),
        ("forecast", {"max_agents": 65}), ("backtest", {"cuts": 0}), ("timeline", {"agents": -3}),
        ("timeline", {"hours_per_day": 25}), ("waves", {"max_agents": 0}), ("bottlenecks", {"limit": 0}),
        ("health", {"stale_days": 0}), ("burnup", {"period": "year"}), ("picture", {"limit": 0}),
        ("picture", {"around": "roof", "hops": -1}), ("insights", {"since": NOW + 1}),
        ("query", {"text": "x", "limit": 0}),
        ("query", {"text": ""}), ("impact", {"task_id": "roof", "delay_minutes": -1}),
        ("paths", {"first": "roof", "second": "walls", "limit": 0}),
        ("whatif", {"changes": [{"kind": "explode", "task_id": "roof"}]}),
        ("whatif", {"changes": [{"kind": "complete", "task_id": "roof", "why": "because"}]}),
        ("whatif", {"changes": [{"task_id": "roof"}]}),
    ],
)  # fmt: skip
def test_numbers_and_words_out_of_range_are_refused(house: Vespera, name: str, arguments: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        getattr(house.graph, name)(**arguments)
    assert caught.value.message


def test_an_ambiguous_id_in_a_change_is_asked_about(house: Vespera) -> None:
    with pytest.raises(AmbiguousId):
        house.graph.whatif([{"kind": "complete", "task_id": "p"}])


def test_the_graph_that_ships_has_no_language(house: Vespera) -> None:
    with pytest.raises(Unsupported) as caught:
        house.graph.query("MATCH (t:Task) RETURN t.task_id")
    assert caught.value.next


# ---------------------------------------------------------------- little or nothing


def test_every_question_has_an_answer_without_tasks(ledger: Vespera) -> None:
    graph = ledger.graph
    assert graph.critical_path().tasks == ()
    assert graph.critical_path().length_minutes == 0
    assert graph.metrics().tasks == 0
    assert graph.waves().waves == ()
    assert graph.bottlenecks().tasks == ()
    assert graph.forecast(samples=10).open_tasks == 0
    assert graph.timeline().entries == ()
    assert graph.burnup().points == ()
    assert graph.health().level == "empty"
    assert graph.dashboard().total == 0
    assert graph.picture().nodes == ()
    assert graph.whatif([]).applied == 0
    assert [one.kind for one in graph.insights().insights] == ["quiet"]


def test_milestones_alone_take_no_time(ledger: Vespera) -> None:
    ledger.tasks.create_task("One", task_id="m-1", estimate_minutes=0)
    ledger.tasks.create_task("Two", task_id="m-2", estimate_minutes=0, depends_on=("m-1",))
    found = ledger.graph.critical_path()
    assert (found.length_minutes, found.open_tasks) == (0, 2)
    assert ledger.graph.forecast(samples=10).quantiles[2].minutes == 0
    assert ledger.graph.waves().work_minutes == 0
    delay = ledger.graph.impact("m-1", delay_minutes=0).delay
    assert delay is not None
    assert delay.moved == ()
    for ask in (ledger.graph.dashboard, ledger.graph.insights, ledger.graph.bottlenecks, ledger.graph.backtest):
        ask()


def test_titles_are_bounded_and_ids_are_not(ledger: Vespera) -> None:
    ledger.tasks.create_task_tree([{"title": f"Task {number}"} for number in range(250)])
    found = ledger.graph.waves()
    assert len(found.waves[0].tasks) == 250
    assert len(found.titles) == 200


def test_a_policy_may_keep_the_graph_from_somebody(house: Vespera) -> None:
    from dataclasses import replace

    stranger = Vespera(house.kernel, replace(house.caller, origin="rest"), house.folder)
    for ask in (stranger.graph.critical_path, lambda: stranger.graph.query("x")):
        with pytest.raises(VesperaError) as caught:
            ask()
        assert caught.value.code == "permission_denied"
    assert house.kernel.operations["graph.query"].action == "graph.query"
