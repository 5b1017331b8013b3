"""The dashboard and the insights, on the plan of a house that is being built."""

from __future__ import annotations

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.graph.answers import Insight
from vespera_core.app.graph.wording import counted, span
from vespera_core.model.basics import Micros

from .conftest import DAY, MINUTE, NOW, Clock


@pytest.fixture
def site(house: Vespera, clock: Clock) -> Vespera:
    """Two weeks later: the survey is over, the permit in progress for ten days, the roof held, the paint due soon."""
    house.tasks.update_task("paint", due_at=Micros(NOW + 15 * DAY), assignee="eve")
    house.tasks.update_task("foundation", assignee="bob", priority="critical")
    house.tasks.update_task("walls", assignee="bob")
    house.tasks.update_task("survey", due_at=Micros(NOW + DAY))
    clock.at += 2 * DAY
    house.tasks.complete_task("survey")
    clock.at += 2 * DAY
    house.tasks.claim("permit", human=True)
    clock.at += 8 * DAY
    house.tasks.block("roof", reason="no tiles")
    house.tasks.create_task("Fence", task_id="fence", due_at=Micros(NOW + 10 * DAY))
    clock.at += 2 * DAY
    return house


def kinds(found: tuple[Insight, ...], area: str) -> list[str]:
    return [one.kind for one in found if one.area == area]


def test_the_dashboard(site: Vespera) -> None:
    found = site.graph.dashboard()
    assert (found.total, found.completed, found.open) == (12, 1, 11)
    assert (found.ready, found.in_progress, found.blocked, found.held, found.overdue) == (1, 1, 8, 1, 1)
    assert (found.made, found.closed) == (1, 0)
    assert found.agents == 1
    assert found.critical_minutes == 4_020 - 60
    assert found.by_status == {"pending": 9, "blocked": 1, "completed": 1, "in_progress": 1}
    assert found.by_priority == {"critical": 1, "normal": 10}
    assert found.by_type == {"task": 11}
    assert [(one.task_id, one.blockers) for one in found.waiting][:2] == [
        ("foundation", ("permit",)), ("handover", ("paint",)),
    ]  # fmt: skip
    assert [(one.task_id, one.overdue, one.at_risk) for one in found.deadlines] == [
        ("fence", True, True), ("paint", False, True),
    ]  # fmt: skip
    assert {one.name: (one.open_tasks, one.minutes) for one in found.assignees} == {
        None: (7, 720 + 240 + 300 + 360 + 480 + 60), "bob": (2, 2_400), "eve": (1, 240), "ann": (1, 480),
    }  # fmt: skip
    assert [one.task_id for one in found.recent][:3] == ["fence", "roof", "permit"]
    assert found.recent[0].kind == "task.created"
    assert found.recent[0].actor == "ann"
    assert found.titles["fence"] == "Fence"


def test_what_is_at_risk(site: Vespera) -> None:
    found = site.graph.insights().insights
    assert kinds(found, "risk")[:2] == ["overdue", "late"]
    overdue = found[0]
    assert overdue.text == "fence is 4d past its due date."
    assert overdue.task_ids == ("fence",)
    late = found[1]
    assert late.task_ids == ("paint",)
    assert late.figures["agents"] == 1
    assert late.figures["minutes_late"] > 0
    held = next(one for one in found if one.kind == "held")
    assert held.text == "roof is held, and 2 tasks with 4h of work wait for it."
    assert held.figures["blocked_minutes"] == 240
    assert "stale" in kinds(found, "risk")


def test_what_to_do(site: Vespera) -> None:
    found = [one for one in site.graph.insights().insights if one.area == "action"]
    texts = {one.kind: one.text for one in found}
    assert texts["settle"].startswith("Settle what holds roof: 2 tasks")
    assert texts["finish"] == "Finish permit or give it back: it has been in progress for 10d."
    assert texts["due_soon"] == "Take up what is ready and due within three days: 1 task."
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
    assert all(0 <= one.weight <= 100 and one.figures for one in found)


def test_what_to_start(house: Vespera) -> None:
    (start,) = [one for one in house.graph.insights().insights if one.kind == "start"]
    assert start.text == (
        "Start survey: it is on the critical path of 2d 19h, and 10 tasks with 3d 15h of work wait for it."
    )
    agents = next(one for one in house.graph.insights().insights if one.kind == "more_agents")
    assert agents.figures == {"agents": 3, "saved_minutes": 5_280 - 4_200}


def test_what_changed(site: Vespera, clock: Clock) -> None:
    found = site.graph.insights(since=Micros(NOW - DAY)).insights
    flow = next(one for one in found if one.kind == "flow")
    assert flow.text == "In the last 15d, 1 task closed and 12 made."
    assert flow.task_ids == ("survey",)
    assert flow.figures["closed_minutes"] == 60
    assert kinds(found, "changed") == ["flow", "blocked", "started"]
    week = site.graph.insights()
    assert week.since == clock.at - 7 * DAY
    assert next(one for one in week.insights if one.kind == "flow").text == (
        "In the last 7d, 0 tasks closed (1 in the 7d before) and 1 made."
    )


def test_a_project_sees_its_own(site: Vespera) -> None:
    site.projects.create("garden")
    site.tasks.create_task("Dig", task_id="g-1", project_id="garden", due_at=Micros(NOW))
    found = site.graph.insights("garden").insights
    assert {one for each in found for one in each.task_ids} <= {"g-1"}
    board = site.graph.dashboard("garden")
    assert (board.total, board.open, board.ready) == (1, 1, 1)
    assert [one.task_id for one in board.recent] == ["g-1"]
    assert [one.task_id for one in board.deadlines] == ["g-1"]


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0m"), (59, "59m"), (60, "1h"), (61, "1h 1m"), (1_440, "1d"), (1_501, "1d 1h"), (-90, "-1h 30m"),
     (1_441, "1d"), (1_499, "1d 1h"), (14_399, "10d"), (144_000, "100d"), (14_400_000, "10,000d")],
)  # fmt: skip
def test_spans_in_words(minutes: int, text: str) -> None:
    assert span(minutes) == text


def test_counts_in_words() -> None:
    assert [counted(number, "task") for number in (0, 1, 1_000)] == ["0 tasks", "1 task", "1,000 tasks"]
    assert MINUTE * 1_440 == DAY
