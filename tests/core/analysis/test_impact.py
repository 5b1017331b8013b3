"""Impact of one change, and of lists of them in a fork, against what the changed structure itself answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.analysis.impact import completion_impact, delay_impact, deletion_impact
from vespera_core.analysis.network import Network
from vespera_core.analysis.schedule import critical_path, schedule
from vespera_core.analysis.whatif import parse_changes, what_if
from vespera_core.errors import InvalidInput, NotFound, Refused
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Structure

from .graphs import IDS, MINUTE, NOW, dosed, line, network, node, shuffled, structure, structures, tied, wild_structures
from .naive import Plain


def pairs_of(given_: Structure) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in given_.edges if edge.kind == "depends_on"]


def replaced(given_: Structure, task_id: str, **values: object) -> Structure:
    nodes = [one._replace(**values) if one.task_id == task_id else one for one in given_.nodes]
    return structure(nodes, pairs_of(given_))


def floors(plain: Plain) -> dict[str, int]:
    found = {}
    for one in plain.open:
        at = plain.node(one).defer_until
        if at is not None and plain.node(one).category == "todo":
            found[one] = max(at - NOW, 0) // MINUTE
    return found


@given(structures(), st.integers(0, 12))
@dosed
def test_a_delay_is_what_recomputing_shows(given_: Structure, minutes: int) -> None:
    plain = Plain(given_)
    for one in plain.open:
        held = {o for o in plain.open if plain.node(o).category == "held" and plain.node(o).defer_until}
        if held:
            continue
        found = delay_impact(Network(given_), one, minutes, NOW)
        before = plain.earliest(floors(plain))
        after = plain.earliest(floors(plain), {one: minutes})
        late = plain.latest(max(before.values()))
        shifted = {o: after[o, 1] - before[o, 1] for o in plain.open if after[o, 1] > before[o, 1]}
        moved = {m.task_id: m for m in (*found.moved, *found.absorbed)}
        assert {o: m.shift_minutes for o, m in moved.items()} == shifted
        assert {o: m.late_minutes for o, m in moved.items()} == {o: max(after[o, 1] - late[o, 1], 0) for o in shifted}
        assert (found.length_before_minutes, found.length_after_minutes) == (max(before.values()), max(after.values()))
        due = {o: plain.node(o).due_at for o in shifted if plain.node(o).due_at is not None}
        broken = {o for o, at in due.items() if before[o, 1] <= (at - NOW) // MINUTE < after[o, 1]}
        assert {b.task_id for b in found.broken_dates} == broken


@given(structures())
@dosed
def test_a_delay_within_the_slack_moves_nothing_past_its_latest_date(given_: Structure) -> None:
    net = Network(given_)
    for one in schedule(net, now=NOW).tasks:
        found = delay_impact(net, one.task_id, one.slack_minutes, NOW)
        assert found.moved == ()
        assert found.length_after_minutes == found.length_before_minutes
        later = delay_impact(net, one.task_id, one.latest_finish_minutes - one.earliest_finish_minutes + 1, NOW)
        assert later.length_after_minutes == later.length_before_minutes + 1


@given(structures())
@dosed
def test_completion_is_what_the_closed_structure_shows(given_: Structure) -> None:
    plain = Plain(given_)
    for one in plain.open:
        closed = replaced(given_, one, category="closed", status="completed", closed_at=NOW)
        found = completion_impact(Network(given_), one, NOW)
        assert set(found.becomes_ready) == Plain(closed).ready() - plain.ready()
        assert found.critical_path == critical_path(Network(closed))
        assert found.length_after_minutes == max(Plain(closed).earliest().values(), default=0)
        assert found.shortened_minutes == found.length_before_minutes - found.length_after_minutes


@given(structures())
@dosed
def test_deletion_is_what_the_rest_shows(given_: Structure) -> None:
    plain = Plain(given_)
    for one in plain.by_id:
        gone = {one} | {other for other in plain.by_id if one in plain.ancestors(other)}
        rest = structure(
            [n for n in given_.nodes if n.task_id not in gone], [p for p in pairs_of(given_) if not gone & set(p)]
        )
        found = deletion_impact(Network(given_), one, NOW)
        assert set(found.deleted) == gone
        assert found.deleted[0] == one
        assert set(found.becomes_ready) == Plain(rest).ready() - plain.ready()
        losers = {two: sorted(set(plain.needs[two]) & gone) for two in plain.by_id if two not in gone}
        assert {lost.task_id: list(lost.lost) for lost in found.lost} == {o: lost for o, lost in losers.items() if lost}
        assert found.critical_path == critical_path(Network(rest))


def test_impact_in_words() -> None:
    nodes = [node(one, due_at=Micros(NOW + 25 * MINUTE) if one == "c" else None) for one in "abc"]
    net = network([*nodes, node("side", project_id="q", estimate_minutes=5)], [("b", "a"), ("c", "b"), ("side", "a")])
    found = delay_impact(net, "a", 7, NOW)
    assert [(one.task_id, one.late_minutes) for one in found.moved] == [("a", 7), ("b", 7), ("c", 7)]
    assert [(one.task_id, one.shift_minutes) for one in found.absorbed] == [("side", 7)]
    assert found.broken_dates == ()  # c was too late before
    assert {one.project_id: (one.before_minutes, one.after_minutes) for one in found.projects} == {
        "p": (30, 37),
        "q": (15, 22),
    }
    done = completion_impact(net, "a", NOW)
    assert done.becomes_ready == ("b", "side")
    assert done.was_critical
    assert done.shortened_minutes == 10
    with pytest.raises(Refused):
        delay_impact(network([node("a", status="completed")]), "a", 1, NOW)
    with pytest.raises(Refused):
        completion_impact(network([node("a", status="completed")]), "a", NOW)
    with pytest.raises(InvalidInput):
        delay_impact(net, "a", -1, NOW)
    for ask in (completion_impact, deletion_impact):
        with pytest.raises(NotFound):
            ask(net, "nobody", NOW)


@given(wild_structures())
@dosed
def test_impact_answers_whatever_comes(given_: Structure) -> None:
    net = Network(given_)
    for one in given_.nodes:
        deletion_impact(net, one.task_id, NOW)
        if one.open:
            completion_impact(net, one.task_id, NOW)


# ---------------------------------------------------------------- what if

tried = st.lists(
    st.sampled_from(IDS).flatmap(
        lambda one: st.one_of(
            st.just({"kind": "complete", "task_id": one}),
            st.just({"kind": "cancel", "task_id": one}),
            st.just({"kind": "delete", "task_id": one}),
            st.sampled_from(IDS).map(lambda two: {"kind": "add_dependency", "task_id": one, "depends_on": two}),
            st.sampled_from(IDS).map(lambda two: {"kind": "remove_dependency", "task_id": one, "depends_on": [two]}),
            st.integers(0, 9).map(lambda far: {"kind": "delay", "task_id": one, "minutes": far}),
            st.integers(0, 9).map(lambda far: {"kind": "set_estimate", "task_id": one, "estimate_minutes": far}),
            st.just({"kind": "defer", "task_id": one, "defer_until": NOW + 5 * MINUTE}),
            st.just({"kind": "add_task", "task_id": "new" + one, "depends_on": [one], "estimate_minutes": 4}),
            st.just({"kind": "add_task", "task_id": "kid" + one, "parent_id": one, "project_id": "p"}),
        )
    ),
    max_size=6,
)


def by_hand(given_: Structure, changes: list[dict[str, object]]) -> tuple[Structure, int]:
    """The structure after the changes that are possible, and how many were not."""
    nodes, pairs, refused = {one.task_id: one for one in given_.nodes}, list(pairs_of(given_)), 0
    for change in changes:
        before, old = dict(nodes), list(pairs)
        try:
            _change_by_hand(nodes, pairs, change)
            if change["kind"] in ("add_dependency", "add_task"):
                assert not tied(structure(nodes.values(), pairs))
        except (KeyError, AssertionError):
            nodes, pairs, refused = before, old, refused + 1
    return structure(nodes.values(), pairs), refused


def _add_by_hand(nodes: dict, pairs: list, change: dict) -> None:
    one = change["task_id"]
    for target in change.get("depends_on", []):
        nodes[target]
        pairs.append((one, target))
    parent = change.get("parent_id")
    projects = {row.project_id for row in nodes.values()}
    assert one not in nodes
    project = change.get("project_id") or (nodes[parent].project_id if parent else None)
    assert project or len(projects) == 1
    if parent:
        nodes[parent]
    minutes = change.get("estimate_minutes")
    nodes[one] = node(one, parent_id=parent, project_id=project or next(iter(projects)), estimate_minutes=minutes)


def _change_by_hand(nodes: dict, pairs: list, change: dict) -> None:
    kind, one = change["kind"], change["task_id"]
    if kind == "add_task":
        _add_by_hand(nodes, pairs, change)
        return
    row = nodes[one]
    if kind in ("complete", "cancel"):
        assert row.open
        nodes[one] = row._replace(category="closed", status="completed" if kind == "complete" else "cancelled")
    elif kind == "delete":
        gone = {one}
        for _ in nodes:
            gone |= {row.task_id for row in nodes.values() if row.parent_id in gone}
        for each in gone:
            del nodes[each]
        pairs[:] = [pair for pair in pairs if not gone & set(pair)]
    elif kind == "add_dependency":
        nodes[change["depends_on"]]
        assert one != change["depends_on"]
        pairs.append((one, change["depends_on"]))
    elif kind == "remove_dependency":
        pair = (one, change["depends_on"][0])
        assert pair in pairs
        pairs[:] = [each for each in pairs if each != pair]
    elif kind == "delay":
        assert row.open
        assert not any(kid.parent_id == one and kid.open for kid in nodes.values())
        now = 60 if row.estimate_minutes is None else row.estimate_minutes
        nodes[one] = row._replace(estimate_minutes=now + change["minutes"])
    else:
        field = "estimate_minutes" if kind == "set_estimate" else "defer_until"
        nodes[one] = row._replace(**{field: change[field]})


@given(structures(), tried)
@dosed
def test_what_if_is_what_the_changed_structure_shows(given_: Structure, changes: list[dict[str, object]]) -> None:
    after, refused = by_hand(given_, changes)
    net, changed = Network(given_), Network(after)
    found = what_if(net, parse_changes(changes), NOW)
    assert len(found.refused) == refused == len(changes) - found.applied
    assert found.before == critical_path(net)
    assert found.after == critical_path(changed)
    assert set(found.ready_gained) == Plain(after).ready() - Plain(given_).ready()
    assert set(found.ready_lost) == Plain(given_).ready() - Plain(after).ready()
    dates = [{one.task_id: one.earliest_finish_minutes for one in schedule(n, now=NOW).tasks} for n in (net, changed)]
    expected = {one for one in dates[0].keys() | dates[1].keys() if dates[0].get(one) != dates[1].get(one)}
    assert {one.task_id for one in found.finishes} == expected
    assert found == what_if(Network(shuffled(given_)), parse_changes(changes), NOW)


def test_what_if_names_circles_and_goes_on() -> None:
    net = network([node(one) for one in "abc"], [("b", "a"), ("c", "b")])
    changes = parse_changes(
        [
            {"kind": "add_dependency", "task_id": "a", "depends_on": ["c"]},
            {"kind": "complete", "task_id": "nobody"},
            {"kind": "add_task", "task_id": "d", "depends_on": ["a", "c"], "priority": "P1", "estimate_minutes": 90},
            {"kind": "complete", "task_id": "a"},
            {"kind": "complete", "task_id": "a"},
            {"kind": "add_task", "task_id": "d"},
        ]
    )
    found = what_if(net, changes, NOW, hours_per_day=8)
    assert [(one.index, one.kind) for one in found.refused] == [
        (0, "add_dependency"), (1, "complete"), (4, "complete"), (5, "add_task"),
    ]  # fmt: skip
    assert found.refused[0].cycle == ("a", "c", "b")
    assert found.added == ("d",)
    assert found.freed == found.ready_gained == ("b",)
    assert found.ready_lost == ("a",)
    assert found.length_change_minutes == 110 - 30
    assert found.finish_after == NOW + 110 * 3 * MINUTE


def test_a_circle_by_parents_is_refused() -> None:
    net = network([node("top"), node("kid", parent_id="top"), node("x")], [("top", "x")])
    found = what_if(net, parse_changes([{"kind": "add_dependency", "task_id": "x", "depends_on": "kid"}]), NOW)
    assert found.refused[0].cycle == ("x", "kid", "top")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"kind": "explode", "task_id": "a"}, "kind 'explode' is unknown"),
        ({"kind": "complete"}, "complete needs task_id"),
        ({"kind": "complete", "task_id": "a", "minutes": 3}, "complete does not take minutes"),
        ({"kind": "delay", "task_id": "a", "minutes": "3"}, "minutes must be a whole number"),
        ({"kind": "delay", "task_id": "a", "minutes": -3}, "minutes must be a whole number"),
        ({"kind": "add_dependency", "task_id": "a", "depends_on": []}, "depends_on must be"),
        ({"kind": "add_dependency", "task_id": "a", "depends_on": {"x": 1}}, "depends_on must be"),
        ({"kind": "set_priority", "task_id": "a", "priority": "urgent"}, "priority"),
        ({"kind": "defer", "task_id": "a", "defer_until": "soon"}, "defer_until"),
        ({"kind": "complete", "task_id": "a b"}, "task_id"),
        ({"kind": ["x"], "task_id": "a"}, "is unknown"),
        ("complete a", "must be a JSON object"),
    ],
)
def test_unreadable_changes_are_named(item: object, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_changes([{"kind": "complete", "task_id": "a"}, item])  # type: ignore[list-item]
    assert caught.value.message.startswith("change 1: ")
    assert words in caught.value.message
    assert caught.value.details["index"] == 1


def test_changes_must_be_a_list() -> None:
    for wrong in ({"kind": "complete"}, "complete", 3):
        with pytest.raises(InvalidInput):
            parse_changes(wrong)  # type: ignore[arg-type]


def test_long_chains_are_no_trouble() -> None:
    net = line(5_000)
    assert delay_impact(net, "t000000", 5, NOW).length_after_minutes == 50_005
    changes = parse_changes([{"kind": "add_dependency", "task_id": "t000000", "depends_on": "t004999"}])
    assert len(what_if(net, changes, NOW).refused[0].cycle) == 5_000
