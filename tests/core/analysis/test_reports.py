"""Bottlenecks, health, the timeline and scope over time."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given

from vespera_core.analysis import bottlenecks as room
from vespera_core.analysis.bottlenecks import PRIORITY_WEIGHTS, bottlenecks
from vespera_core.analysis.burnup import burnup
from vespera_core.analysis.health import health
from vespera_core.analysis.network import Network
from vespera_core.analysis.timeline import timeline
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Structure

from .graphs import DAY, MINUTE, NOW, dosed, line, network, node, shuffled, structures, wild_structures
from .naive import Plain

EMPTY = Network(Structure(0, (), ()))


@given(structures())
@dosed
def test_blocked_weight_is_what_waits(given_: Structure) -> None:
    plain, found = Plain(given_), bottlenecks(Network(given_), NOW, limit=20)
    ranked = {one.task_id: one for one in found.tasks}
    for one in plain.open:
        behind = [other for other in plain.open if other != one and (one, 1) in plain.above(other)]
        if not behind:
            assert one not in ranked
            continue
        weight = sum(plain.own(other) * PRIORITY_WEIGHTS[plain.node(other).priority] for other in behind)
        row = ranked[one]
        assert (row.weight, row.blocked_minutes, row.blocked_tasks) == (
            weight,
            sum(map(plain.own, behind)),
            len(behind),
        )
        assert row.ready == (one in plain.ready())
    weights = [one.weight for one in found.tasks]
    assert weights == sorted(weights, reverse=True)
    assert sum(row.work_minutes for row in found.roles) == sum(map(plain.own, plain.open))
    assert sum(row.tasks for row in found.assignees) == sum(not plain.open_kids[one] for one in plain.open)


def test_large_flows_rank_by_an_estimate_that_finds_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(4)
    ids = [f"t{at:04d}" for at in range(800)]
    pairs = [(ids[at], ids[random.randrange(max(0, at - 90), at)]) for at in range(1, 800) for _ in range(2)]
    net = network(
        [node(one, estimate_minutes=random.randrange(100), priority=random.randrange(5)) for one in ids], pairs
    )
    exact = bottlenecks(net, NOW, limit=5)
    monkeypatch.setattr(room, "_EXACT", 100)
    assert bottlenecks(net, NOW, limit=5) == exact
    assert bottlenecks(line(200), NOW, limit=1).tasks[0].blocked_tasks == 199


def test_roles_that_have_more_than_their_share() -> None:
    nodes = [node(f"d{at}", role="dev", estimate_minutes=100, assignee="ann") for at in range(6)]
    nodes += [node("q", role="qa"), node("o", role="ops"), node("n")]
    found = bottlenecks(network(nodes, [("d1", "d0")]), NOW)
    assert [(row.name, row.tasks, row.ready_tasks, row.overloaded) for row in found.roles] == [
        ("dev", 6, 5, True), ("ops", 1, 1, False), ("qa", 1, 1, False), (None, 1, 1, False),
    ]  # fmt: skip
    assert found.roles[0].load == pytest.approx(600 / (620 / 3), abs=1e-4)
    assert found.roles[0].critical_share == pytest.approx(200 / 600, abs=1e-4)
    assert bottlenecks(EMPTY, NOW).tasks == ()
    with pytest.raises(InvalidInput):
        bottlenecks(EMPTY, NOW, limit=0)


# ---------------------------------------------------------------- health


def test_a_project_in_order_has_full_points() -> None:
    found = health(network([node("a", role="dev"), node("b", role="dev")], [("b", "a")]), NOW)
    assert (found.score, found.level, found.reasons) == (100, "good", ())
    assert health(EMPTY, NOW).level == "empty"
    assert health(network([node("a", status="completed")]), NOW, "p").level == "done"


def test_every_complaint_is_named_with_its_tasks() -> None:
    nodes = [
        node("late", role="dev", due_at=Micros(NOW - 1)),
        node("stale", role="dev", status="in_progress", started_at=Micros(NOW - 8 * DAY)),
        node("guess", role="dev", estimate_minutes=None),
        node("nobody"),
        node("held", role="dev", status="blocked"),
        node("x", role="dev"), node("y", role="dev"), node("z", role="dev"),
        *(node(f"old{at}", status="completed", closed_at=Micros(NOW - 20 * DAY)) for at in range(4)),
        node("new", status="completed", closed_at=Micros(NOW - DAY)),
    ]  # fmt: skip
    found = health(network(nodes, [("x", "y"), ("y", "x"), ("z", "held")]), NOW)
    told = {one.kind: (one.count, one.task_ids) for one in found.reasons}
    assert told["overdue"] == (1, ("late",))
    assert told["stale"] == (1, ("stale",))
    assert told["unestimated"] == (1, ("guess",))
    assert told["no_role"] == (1, ("nobody",))
    assert told["circles"] == (2, ("x", "y"))
    assert told["throughput"] == (1, ("new",))
    assert told["blocked"][1][0] == "held"
    assert found.score == 100 - sum(one.penalty for one in found.reasons)
    assert [one.penalty for one in found.reasons] == sorted((one.penalty for one in found.reasons), reverse=True)


def test_when_nobody_can_go_on() -> None:
    found = health(network([node("a", status="blocked", role="r"), node("b", role="r")], [("b", "a")]), NOW)
    assert {"nothing_ready", "blocked"} <= {one.kind for one in found.reasons}


def test_one_task_in_front_of_all() -> None:
    nodes = [node(f"t{at}", role="r") for at in range(9)]
    found = health(network(nodes, [(f"t{at}", "t0") for at in range(1, 9)]), NOW)
    (reason,) = (one for one in found.reasons if one.kind == "bottleneck")
    assert reason.task_ids == ("t0",)
    assert reason.message == "100% of the other open work waits for t0."


@given(wild_structures())
@dosed
def test_health_answers_whatever_comes(given_: Structure) -> None:
    for project in (None, "p", "nowhere"):
        found = health(Network(given_), NOW, project)
        assert 0 <= found.score <= 100
        assert found == health(Network(shuffled(given_)), NOW, project)
    with pytest.raises(InvalidInput):
        health(Network(given_), NOW, stale_days=0)


# ---------------------------------------------------------------- timeline


@given(structures())
@dosed
def test_the_timeline_holds_every_task_in_order(given_: Structure) -> None:
    found = timeline(Network(given_), NOW, agents=2)
    assert sorted(one.task_id for one in found.entries) == sorted(one.task_id for one in given_.nodes)
    plain = Plain(given_)
    by_id = {one.task_id: one for one in found.entries}
    for one in plain.open:
        for other in plain.needs[one]:
            if other in plain.open and by_id[one].state == "planned":
                assert by_id[other].finish <= by_id[one].start
        assert by_id[one].finish <= found.finish
    assert found == timeline(Network(shuffled(given_)), NOW, agents=2)


def test_the_timeline_in_words() -> None:
    nodes = [
        node("done", status="completed", started_at=Micros(NOW - 3 * DAY)),
        node("busy", status="in_progress", started_at=Micros(NOW - MINUTE)),
        node("next", due_at=Micros(NOW + 15 * MINUTE)),
        node("side"),
    ]  # fmt: skip
    found = timeline(network(nodes, [("busy", "done"), ("next", "busy")]), NOW)
    assert [(one.task_id, one.state, one.late) for one in found.entries] == [
        ("done", "closed", False), ("busy", "active", False), ("next", "planned", True), ("side", "planned", False),
    ]  # fmt: skip
    assert [one.finish - NOW for one in found.entries[1:]] == [10 * MINUTE, 20 * MINUTE, 30 * MINUTE]
    assert found.entries[1].latest_finish == NOW + 20 * MINUTE
    half = timeline(network(nodes), NOW, agents=None, hours_per_day=12)
    assert half.finish == NOW + 20 * MINUTE
    assert timeline(EMPTY, NOW).entries == ()


@given(wild_structures())
@dosed
def test_the_timeline_answers_whatever_comes(given_: Structure) -> None:
    found = timeline(Network(given_), NOW, "p", capacities={"dev": 1})
    assert {one.task_id for one in found.entries}.isdisjoint(found.circular)


# ---------------------------------------------------------------- burn-up


def test_scope_and_done_by_day() -> None:
    day = Micros(NOW - NOW % DAY)
    nodes = [
        node("a", created_at=Micros(day - 3 * DAY), status="completed", closed_at=Micros(day - DAY)),
        node("b", created_at=Micros(day - 3 * DAY), status="cancelled", closed_at=Micros(day - 2 * DAY)),
        node("c", created_at=Micros(day - DAY)), node("box", created_at=Micros(day - 3 * DAY)),
        node("kid", created_at=Micros(day), parent_id="box", estimate_minutes=5),
        node("future", created_at=Micros(NOW + DAY)),
    ]  # fmt: skip
    found = burnup(network(nodes), NOW)
    assert [(one.scope_tasks, one.done_tasks, one.scope_minutes, one.done_minutes) for one in found.points] == [
        (2, 0, 20, 0), (1, 0, 10, 0), (2, 1, 20, 10), (3, 1, 25, 10),
    ]  # fmt: skip
    assert found.points[-1].until == day + DAY
    weeks = burnup(network(nodes), NOW, "p", period="week")
    assert weeks.points[-1].scope_tasks == 3
    assert (weeks.points[-1].until // DAY + 3) % 7 == 0  # a Monday
    assert burnup(EMPTY, NOW).points == ()
    with pytest.raises(InvalidInput):
        burnup(EMPTY, NOW, period="year")


@given(structures())
@dosed
def test_scope_never_falls_below_done(given_: Structure) -> None:
    points = burnup(Network(given_), NOW).points
    assert all(0 <= one.done_tasks <= one.scope_tasks for one in points)
    done = [one.done_tasks for one in points]
    assert done == sorted(done)
