"""What waits for what: dependencies, paths, circles, the shape of the graph."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.analysis.cycles import audit_cycles
from vespera_core.analysis.dependencies import dependencies
from vespera_core.analysis.metrics import metrics
from vespera_core.analysis.network import Network
from vespera_core.analysis.paths import paths_between
from vespera_core.analysis.ready import standing
from vespera_core.errors import InvalidInput, NotFound
from vespera_core.model.graph import Edge, Structure

from .graphs import (
    IDS,
    NOW,
    dosed,
    line,
    moments,
    network,
    node,
    shuffled,
    structure,
    structures,
    tied,
    wild_structures,
)
from .naive import Plain


def needs_of(given_: Structure) -> dict[str, list[str]]:
    return {
        one.task_id: sorted({e.target for e in given_.edges if e[:2] == (one.task_id, "depends_on")})
        for one in given_.nodes
    }


def distances(needs: dict[str, list[str]]) -> dict[tuple[str, str], float]:
    """Steps between all pairs, by Floyd and Warshall."""
    far = {(one, two): 0.0 if one == two else np.inf for one in needs for two in needs}
    far |= {(one, two): min(1.0, far[one, two]) for one in needs for two in needs[one]}
    for mid in needs:
        for one in needs:
            for two in needs:
                far[one, two] = min(far[one, two], far[one, mid] + far[mid, two])
    return far


def all_chains(needs: dict[str, list[str]], source: str, goal: str) -> list[tuple[str, ...]]:
    stack, found = [(source,)], []
    while stack:
        chain = stack.pop()
        if chain[-1] == goal:
            found.append(chain)
            continue
        stack += [(*chain, one) for one in needs[chain[-1]] if one not in chain]
    return sorted(found, key=len)


@given(structures())
@dosed
def test_ready_is_what_the_rules_say(given_: Structure) -> None:
    plain, stands, net = Plain(given_), standing(Network(given_), NOW), Network(given_)
    assert set(net.names(np.flatnonzero(stands.ready).tolist())) == plain.ready()
    assert set(net.names(np.flatnonzero(stands.free).tolist())) == plain.free()


@given(structures())
@dosed
def test_dependencies_of_every_task(given_: Structure) -> None:
    net, needs, plain = Network(given_), needs_of(given_), Plain(given_)
    far = distances(needs)
    for one in needs:
        found = dependencies(net, one, NOW)
        up = {other: far[one, other] for other in needs if 0 < far[one, other] < np.inf}
        down = {other: far[other, one] for other in needs if 0 < far[other, one] < np.inf}
        assert {near.task_id: near.distance for near in found.prerequisites} == up
        assert {near.task_id: near.distance for near in found.dependents} == down
        longest = [len(chain) - 1 for other in needs for chain in all_chains(needs, one, other)]
        assert found.depth_above == max(longest)
        assert found.depth_below == max(len(chain) - 1 for other in needs for chain in all_chains(needs, other, one))
        assert found.open_prerequisites == len(up.keys() & set(plain.open))
        assert found.ready == (one in plain.ready())


@given(structures())
@dosed
def test_blockers_and_what_completion_frees(given_: Structure) -> None:
    net, plain = Network(given_), Plain(given_)
    for one in plain.open:
        found = dependencies(net, one, NOW)
        assert (not found.open_blockers and plain.node(one).category != "held") == (one in plain.free())
        closed = Plain(structure([n._replace(category="closed") if n.task_id == one else n for n in given_.nodes],
                                 [(e.source, e.target) for e in given_.edges if e.kind == "depends_on"]))  # fmt: skip
        assert set(found.unblocks) == closed.ready() - plain.ready()
        waited = {name for name, end in plain.above(one) if end} - {one}
        active = {name for name in waited if plain.node(name).category == "active"}
        assert set(found.root_blockers) == (plain.ready() & waited) | active
        assert bool(waited & set(plain.open)) <= bool(found.root_blockers or found.stuck_blockers)


def test_blockers_of_all_kinds_and_their_roots() -> None:
    nodes = [
        node("root"), node("busy", status="in_progress"), node("held", status="blocked"), node("top"),
        node("kid", parent_id="top"), node("need"), node("box"), node("in_box", parent_id="box"),
    ]  # fmt: skip
    net = network(nodes, [("need", "root"), ("top", "busy"), ("kid", "need"), ("kid", "box"), ("in_box", "held")])
    found = dependencies(net, "kid", NOW)
    assert [(one.task_id, one.because) for one in found.open_blockers] == [
        ("box", "depends_on"), ("need", "depends_on"), ("top", "parent"),
    ]  # fmt: skip
    assert found.root_blockers == ("busy", "root")
    assert found.stuck_blockers == ("held",)
    with pytest.raises(NotFound):
        dependencies(net, "nobody", NOW)


def test_circles_are_no_trap() -> None:
    knot = network([node(one) for one in "abc"], [("a", "b"), ("b", "a"), ("c", "a")])
    found = dependencies(knot, "c", NOW)
    assert found.depth_above is None
    assert found.depth_below == 0
    assert found.stuck_blockers == ("a", "b")
    assert dependencies(knot, "a", NOW).depth_above is None


@given(wild_structures())
@dosed
def test_dependencies_answer_whatever_comes(given_: Structure) -> None:
    net = Network(given_)
    for one in net.ids:
        dependencies(net, one, NOW)


# ---------------------------------------------------------------- paths


@given(wild_structures(), st.sampled_from(IDS), st.sampled_from(IDS))
@dosed
def test_paths_are_all_simple_chains_shortest_first(given_: Structure, first: str, second: str) -> None:
    net, needs = Network(given_), needs_of(given_)
    if first not in needs or second not in needs:
        with pytest.raises(NotFound):
            paths_between(net, first, second)
        return
    expected = all_chains(needs, first, second)
    ends = (first, second)
    if not expected:
        expected, ends = all_chains(needs, second, first), (second, first)
    found = paths_between(net, first, second, limit=1000)
    assert found.complete
    assert sorted(found.paths) == sorted(expected)
    assert [len(one) for one in found.paths] == [len(one) for one in expected]
    if expected:
        assert (found.waits, found.waits_for, found.distance) == (*ends, len(expected[0]) - 1)
        few = paths_between(net, first, second, limit=1)
        assert few.paths == found.paths[:1]
        assert few.complete == (len(expected) == 1)


def test_paths_through_thousands_and_through_thickets() -> None:
    long = paths_between(line(5_000), "t000000", "t004999")
    assert (long.waits, long.waits_for, long.distance) == ("t004999", "t000000", 4_999)
    assert len(long.paths[0]) == 5_000
    assert long.complete
    names = [[f"n{at:03d}{side}" for side in "abc"] for at in range(60)]
    pairs = [(two, one) for before, after in pairwise(names) for one in before for two in after]
    thicket = network([node(one) for row in names for one in row], pairs)
    found = paths_between(thicket, "n059a", "n000a", limit=20)
    assert len(found.paths) == len(set(found.paths)) == 20
    assert not found.complete
    assert all(len(one) == 60 for one in found.paths)


def test_no_path_and_wrong_limits() -> None:
    pair = network([node("a"), node("b")])
    assert paths_between(pair, "a", "b").paths == ()
    assert paths_between(pair, "a", "a").paths == (("a",),)
    for limit in (0, 1001):
        with pytest.raises(InvalidInput):
            paths_between(pair, "a", "b", limit=limit)


# ---------------------------------------------------------------- circles


@given(wild_structures())
@dosed
def test_every_knot_is_found_with_a_shortest_circle(given_: Structure) -> None:
    waits = moments(given_)
    far = {(one, two): 0 if one == two else 99 for one in waits for two in waits}
    cost = {(one, two): int(one[0] != two[0]) for one in waits for two in waits[one]}
    for pair, steps in cost.items():
        far[pair] = min(far[pair], steps)
    for mid in waits:
        for one in waits:
            for two in waits:
                far[one, two] = min(far[one, two], far[one, mid] + far[mid, two])
    circles = {one: min((cost[one, two] + far[two, one] for two in waits[one]), default=99) for one in waits}
    knots: dict[frozenset[str], int] = {}
    for one in waits:
        if circles[one] < 99:
            members = [two for two in waits if far[one, two] < 99 and far[two, one] < 99]
            knots[frozenset(name for name, _ in members)] = min(max(circles[two], 1) for two in members)
    found = audit_cycles(Network(given_))
    if len(knots) == len(found.circles):  # two knots of moments may be of the same tasks
        assert {frozenset(one.task_ids): len(one.shortest) for one in found.circles} == knots
    assert {name for one in found.circles for name in one.task_ids} == {name for tasks in knots for name in tasks}
    assert found.tasks_in_circles == len({name for one in found.circles for name in one.task_ids})
    assert bool(found.circles) == tied(given_)
    assert found == audit_cycles(Network(shuffled(given_)))
    for one in found.circles:
        assert one.shortest[0] == min(one.shortest)
        assert set(one.shortest) <= set(one.task_ids)
        for two, three in pairwise([*one.shortest, one.shortest[0]]):
            assert any(b[0] == three for a in waits if a[0] == two for b in waits[a]) or two == three


def test_circles_in_words() -> None:
    nodes = [node(one) for one in "abcdxy"] + [node("kid", parent_id="x")]
    found = audit_cycles(network(nodes, [("c", "b"), ("b", "d"), ("d", "c"), ("d", "b"), ("a", "a"), ("kid", "x")]))
    assert [(one.task_ids, one.shortest) for one in found.circles] == [
        (("a",), ("a",)),
        (("b", "c", "d"), ("b", "d")),
        (("kid", "x"), ("kid", "x")),
    ]
    assert audit_cycles(line(5_000)).circles == ()


def test_a_circle_of_thousands() -> None:
    ids = [f"t{at:04d}" for at in range(3_000)]
    (circle,) = audit_cycles(network([node(one) for one in ids], [*zip(ids, ids[1:] + ids[:1], strict=True)])).circles
    assert circle.shortest == tuple(ids)


# ---------------------------------------------------------------- metrics


def plain_betweenness(needs: dict[str, list[str]]) -> dict[str, float]:
    far, sums = distances(needs), dict.fromkeys(needs, 0.0)
    for one in needs:
        for two in needs:
            chains = [c for c in all_chains(needs, one, two) if len(c) - 1 == far[one, two]]
            for middle in needs:
                if chains and middle not in (one, two):
                    sums[middle] += sum(middle in chain for chain in chains) / len(chains)
    pairs = max((len(needs) - 1) * (len(needs) - 2), 1)
    return {one: round(total / pairs, 9) for one, total in sums.items() if round(total / pairs, 9)}


@given(wild_structures())
@dosed
def test_metrics_are_those_of_counting(given_: Structure) -> None:
    found, needs = metrics(Network(given_)), needs_of(given_)
    assert found.tasks == len(needs)
    assert {one.kind: one.edges for one in found.edges_by_kind} == {
        kind: sum(edge.kind == kind for edge in given_.edges) for kind in sorted({edge.kind for edge in given_.edges})
    }
    assert found.prerequisites.maximum == max(map(len, needs.values()))
    acyclic = all(one not in needs[one] for one in needs) and found.depth is not None
    if acyclic:
        assert found.depth == max(len(c) - 1 for one in needs for two in needs for c in all_chains(needs, one, two))
    central = {one.task_id: one.betweenness for one in found.central}
    assert central == pytest.approx(plain_betweenness(needs), abs=1e-8)
    assert found == metrics(Network(shuffled(given_)))


@given(wild_structures())
@dosed
def test_components_are_those_of_walking(given_: Structure) -> None:
    groups: list[set[str]] = []
    for one in given_.nodes:
        linked = {one.task_id} | {end for e in given_.edges if one.task_id in (e.source, e.target) for end in e[::2]}
        apart = [group for group in groups if not group & linked]
        groups = [*apart, linked.union(*(group for group in groups if group & linked))]
    found = metrics(Network(given_))
    sizes = [len(group) for group in groups]
    assert (found.components, found.largest_component) == (len(sizes), max(sizes))
    assert found.isolated == sizes.count(1)


def test_sampled_betweenness_finds_the_middle() -> None:
    """2,200 tasks, all of whose ways lead through one."""
    left, right = ([f"{side}{at:04d}" for at in range(1_100)] for side in "lr")
    net = network([node(one) for one in [*left, *right, "mid"]], [*((one, "mid") for one in left), *(("mid", one) for one in right)])  # noqa: E501  # fmt: skip
    found = metrics(net, top=3)
    assert [one.task_id for one in found.central] == ["mid"]
    assert not found.betweenness_exact or found.betweenness_sources == found.tasks
    assert found.central[0].betweenness == pytest.approx(1_100**2 / (2_200 * 2_199), rel=0.2)


def test_numbers_of_ways_beyond_floats() -> None:
    names = [[f"n{at:03d}{side}" for side in "abc"] for at in range(660)]
    pairs = [(two, one) for before, after in pairwise(names) for one in before for two in after]
    found = metrics(network([node(one) for row in names for one in row], pairs))
    assert all(0 < one.betweenness < 1 for one in found.central)
    assert found.central


def test_metrics_of_a_project_and_of_nothing() -> None:
    net = network([node("a"), node("b"), node("c", project_id="q")], [("b", "a"), ("c", "b")])
    found = metrics(net, "p")
    assert (found.tasks, found.edges, found.depth) == (2, 1, 1)
    assert metrics(Network(Structure(0, (), (Edge("a", "depends_on", "b"),)))).components == 0
    with pytest.raises(InvalidInput):
        metrics(net, top=0)
