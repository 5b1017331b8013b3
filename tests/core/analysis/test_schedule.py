"""The critical path against relaxation and enumeration, its invariants, and an example that can be checked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.analysis.network import Network
from vespera_core.analysis.schedule import critical_path, schedule
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge, Structure

from .graphs import DAY, MINUTE, NOW, dosed, line, network, node, shuffled, structure, structures, wild_structures
from .naive import Plain

HOUSE = {"ground": 60, "walls": 240, "roof": 120, "wires": 90, "pipes": 150, "plaster": 100, "paint": 40, "garden": 300}
HOUSE_NEEDS = [
    ("walls", "ground"), ("roof", "walls"), ("wires", "walls"), ("pipes", "walls"), ("plaster", "wires"),
    ("plaster", "pipes"), ("paint", "plaster"), ("paint", "roof"), ("garden", "ground"),
]  # fmt: skip


def house() -> Network:
    return network([node(one, estimate_minutes=minutes) for one, minutes in HOUSE.items()], HOUSE_NEEDS)


def test_a_house_is_built() -> None:
    path = critical_path(house())
    assert [one.task_id for one in path.tasks] == ["ground", "walls", "pipes", "plaster", "paint"]
    assert path.length_minutes == 60 + 240 + 150 + 100 + 40 == 590
    assert [one.earliest_start_minutes for one in path.tasks] == [0, 60, 300, 450, 550]
    by_id = {one.task_id: one for one in schedule(house()).tasks}
    assert by_id["garden"].slack_minutes == 590 - 360
    assert by_id["wires"].slack_minutes == 60
    assert by_id["roof"].slack_minutes == 550 - 420
    assert (by_id["roof"].latest_start_minutes, by_id["roof"].latest_finish_minutes) == (430, 550)


def test_a_container_waits_for_its_children_and_holds_them() -> None:
    nodes = [
        node("permit", estimate_minutes=30), node("phase", estimate_minutes=999), node("dig", parent_id="phase"),
        node("pour", parent_id="phase", estimate_minutes=20), node("party", estimate_minutes=5),
    ]  # fmt: skip
    path = critical_path(network(nodes, [("phase", "permit"), ("pour", "dig"), ("party", "phase")]))
    assert [one.task_id for one in path.tasks] == ["permit", "dig", "pour", "party"]
    assert path.length_minutes == 65
    done = [node("phase", estimate_minutes=9), node("dig", parent_id="phase", status="completed")]
    assert critical_path(network(done)).length_minutes == 9


def test_a_closed_parent_passes_on_what_stands_above_it() -> None:
    nodes = [
        node("gate", estimate_minutes=30), node("top"), node("mid", parent_id="top", status="completed"),
        node("leaf", parent_id="mid", estimate_minutes=4),
    ]  # fmt: skip
    by_id = {one.task_id: one for one in schedule(network(nodes, [("top", "gate")])).tasks}
    assert by_id["leaf"].earliest_start_minutes == 30
    assert by_id["top"].earliest_finish_minutes == 40


@given(structures())
@dosed
def test_earliest_and_latest_are_those_of_relaxation(given_: Structure) -> None:
    plain, found = Plain(given_), schedule(Network(given_))
    at = plain.earliest()
    length = max(at.values(), default=0)
    late = plain.latest(length)
    assert found.length_minutes == length
    assert [one.task_id for one in found.tasks] == plain.open
    for one in found.tasks:
        start, finish = (one.task_id, 0), (one.task_id, 1)
        assert (one.earliest_start_minutes, one.earliest_finish_minutes) == (at[start], at[finish])
        assert (one.latest_start_minutes, one.latest_finish_minutes) == (late[start], late[finish])
        assert one.slack_minutes == min(late[start] - at[start], late[finish] - at[finish]) >= 0
        assert one.critical == (one.slack_minutes == 0)


@given(structures())
@dosed
def test_the_critical_path_is_the_first_of_the_longest_chains(given_: Structure) -> None:
    plain, path, whole = Plain(given_), critical_path(Network(given_)), schedule(Network(given_))
    assert [one.task_id for one in path.tasks] == plain.longest_chain()
    assert sum(one.duration_minutes for one in path.tasks) == path.length_minutes == whole.length_minutes
    critical = {one.task_id for one in whole.tasks if one.critical}
    assert {one.task_id for one in path.tasks} <= critical
    assert path == critical_path(Network(shuffled(given_)))


@given(structures())
@dosed
def test_tasks_put_off_start_no_earlier(given_: Structure) -> None:
    plain = Plain(given_)
    floor = {
        one: max(plain.node(one).defer_until - NOW, 0) // MINUTE
        for one in plain.open
        if plain.node(one).defer_until is not None and plain.node(one).category != "active"
    }
    at = plain.earliest(floor)
    for one in schedule(Network(given_), now=NOW).tasks:
        assert one.earliest_start_minutes == at[one.task_id, 0]
        assert one.slack_minutes >= 0


@given(structures())
@dosed
def test_a_project_is_its_tasks_and_what_they_wait_for(given_: Structure) -> None:
    plain, found = Plain(given_), schedule(Network(given_), "p")
    mine = {one for one in plain.open if plain.node(one).project_id == "p"}
    needed = mine | {one for each in mine for one, end in plain.above(each) if end}
    assert {one.task_id for one in found.tasks} == needed
    at = plain.earliest()
    assert all(one.earliest_finish_minutes == at[one.task_id, 1] for one in found.tasks)
    assert found.length_minutes == max((at[one, 1] for one in needed), default=0)
    assert critical_path(Network(given_), "p").length_minutes == found.length_minutes


@given(wild_structures(), st.sampled_from((None, "p")))
@dosed
def test_circles_from_outside_are_left_out(given_: Structure, project: str | None) -> None:
    found, path = schedule(Network(given_), project), critical_path(Network(given_), project)
    assert {one.task_id for one in found.tasks}.isdisjoint(found.circular)
    assert all(one.slack_minutes >= 0 for one in found.tasks)
    assert sum(one.duration_minutes for one in path.tasks) == path.length_minutes == found.length_minutes
    if project is None:
        assert len(found.tasks) + len(found.circular) == sum(one.open for one in given_.nodes)


def test_what_stands_before_a_circle_still_comes_before_what_stands_behind() -> None:
    knot = network(
        [node(one) for one in ("first", "x", "y", "last")],
        [("x", "first"), ("x", "y"), ("y", "x"), ("last", "y")],
    )
    path = critical_path(knot)
    assert [one.task_id for one in path.tasks] == ["first", "last"]
    assert path.circular == ("x", "y")


def test_a_self_loop_is_a_circle() -> None:
    assert critical_path(network([node("a"), node("b")], [("a", "a"), ("b", "a")])).circular == ("a",)


@pytest.mark.parametrize("count", [1, 5_000])
def test_chains_of_thousands(count: int) -> None:
    path = critical_path(line(count))
    assert len(path.tasks) == count
    assert path.length_minutes == 10 * count
    assert all(one.critical for one in schedule(line(count)).tasks)


def test_nothing_to_do() -> None:
    empty = Network(Structure(0, (), ()))
    assert critical_path(empty).tasks == ()
    assert schedule(empty).length_minutes == 0
    assert critical_path(network([node("a", status="completed")])).open_tasks == 0
    assert critical_path(house(), "elsewhere").tasks == ()


def test_other_relations_and_strangers_impose_nothing() -> None:
    edges = (Edge("a", "relates_to", "b"), Edge("a", "waits_on", "b"), Edge("a", "depends_on", "gone"))
    given_ = Structure(1, (node("a"), node("b", parent_id="gone")), edges)
    assert critical_path(Network(given_)).length_minutes == 10


def closed(name: str, minutes: int, **values: object) -> object:
    start = Micros(NOW - 20 * DAY)
    return node(name, status="completed", started_at=start, closed_at=Micros(start + minutes * MINUTE), **values)


def test_durations_come_from_estimates_then_history_then_the_default() -> None:
    bugs = [closed(f"b{at}", 10 * at, type="bug") for at in range(1, 6)]
    others = [closed(f"o{at}", 100, project_id="q") for at in range(4)]
    fresh = [
        node("x", type="bug", estimate_minutes=None), node("y", estimate_minutes=None),
        node("z", type="bug", project_id="r", estimate_minutes=None), node("m", estimate_minutes=0),
        node("w", project_id="r", estimate_minutes=None),
    ]  # fmt: skip
    by_id = {one.task_id: one for one in schedule(network([*bugs, *others, *fresh])).tasks}
    assert {one: (row.duration_minutes, row.duration_source) for one, row in by_id.items()} == {
        "x": (30, "history"), "y": (30, "history"), "z": (30, "history"), "m": (0, "estimate"), "w": (50, "history"),
    }  # fmt: skip
    (alone,) = schedule(network([node("x", estimate_minutes=None)])).tasks
    assert (alone.duration_minutes, alone.duration_source) == (60, "default")


def test_history_is_clamped_and_cancelled_work_tells_nothing() -> None:
    long = [closed(f"b{at}", 10**6) for at in range(3)] + [closed(f"c{at}", 0) for at in range(2)]
    gone = [closed(f"g{at}", 5)._replace(status="cancelled") for at in range(9)]
    (one,) = schedule(network([*long, *gone, node("x", estimate_minutes=None)])).tasks
    assert one.duration_minutes == 4_800


def test_structures_hold_what_they_should() -> None:
    assert structure([node("b"), node("a")]).nodes[0].task_id == "a"
