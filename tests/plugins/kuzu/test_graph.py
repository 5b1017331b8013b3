"""What the graph holds and answers, against the plainest way of doing the same."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.kuzu.support import Truth, assert_same, chain, column, opened, projected, some_task
from reliability.support.dose import dose, rng_of
from vespera_core.errors import EngineFault
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.task import Relation
from vespera_core.ports.projection import Gone
from vespera_kuzu.graph import KuzuGraph

ODD_IDS = ["a~b", "a@b", "a+b", "a#b", "a.b_-", "0", "x" * 128]


def test_an_empty_graph_answers(graph: KuzuGraph) -> None:
    graph.apply([], [])
    assert graph.structure() == Structure(0, (), ())
    assert (graph.versions(), graph.reach([], "prerequisites"), graph.reach(["x"], "dependents")) == ({}, {}, {})
    assert (graph.path("x", "y"), graph.path("x", "x"), graph.neighbours("x"), graph.check()) == ([], [], [], [])
    assert graph.load([]) == 0


@pytest.mark.parametrize("loaded", [True, False])
def test_any_ledger_any_order(folder: Path, loaded: bool) -> None:
    """Batches in which targets come late, change, go, and come back."""
    rng = rng_of(f"ledger-{loaded}")
    names = [f"t{n}" for n in range(60)]
    truth = Truth(some_task(rng, names, name, 1) for name in names[:40]) if loaded else Truth()
    graph = opened(folder)
    if loaded:
        assert graph.load(truth.live.values()) == 40
        assert_same(graph, truth)
    for version in range(2, 2 + dose(12, 200)):
        batch = [some_task(rng, names, name, version) for name in rng.sample(names, rng.choice([1, 3, 25]))]
        taken = {one.task.task_id for one in batch}
        gone = [Gone(name, version) for name in rng.sample(names, rng.randrange(12)) if name not in taken]
        graph.apply(batch, gone)
        truth.apply(batch, gone)
        graph.apply(batch, gone)
        assert_same(graph, truth)
        if rng.random() < 0.2:
            graph.close()
            graph = opened(folder)
    starts = rng.sample(names, 3)
    for hops in (None, 0, 1, 3):
        for direction in ("prerequisites", "dependents"):
            wanted = truth.reach([one for one in starts if one in truth.live], direction, hops)
            assert list(graph.reach(starts, direction, hops).items()) == list(wanted.items())
    for name in names:
        assert graph.neighbours(name) == [edge for edge in truth.structure().edges if name in (edge[0], edge[2])]
    graph.close()


@pytest.mark.parametrize("length", [31, 32, 5000])
def test_long_chains_are_followed_to_their_end(graph: KuzuGraph, length: int) -> None:
    graph.load(chain(length))
    last = f"c{length - 1:05}"
    assert graph.reach(["c00000"], "prerequisites") == {f"c{n:05}": n for n in range(1, length)}
    assert len(graph.reach([last], "dependents")) == length - 1
    assert graph.path("c00000", last) == [f"c{n:05}" for n in range(length)]
    assert graph.path(last, "c00000") == []
    found = graph.query(
        "MATCH (a:Task {task_id: 'c00000'})-[e:DEPENDS_ON* SHORTEST 1..65535]->(b:Task) RETURN count(*), max(length(e))"
    )
    assert found.rows == ((length - 1, length - 1),), "people's questions are not cut at 30 hops either"


def test_circles_end_and_starts_stay_out(graph: KuzuGraph) -> None:
    graph.apply([projected("a", "b"), projected("b", "c"), projected("c", "a"), projected("d", "a")], [])
    assert graph.reach(["a"], "prerequisites") == {"b": 1, "c": 2}
    assert graph.reach(["a", "c"], "prerequisites") == {"b": 1}
    assert graph.reach(["a"], "dependents", 1) == {"c": 1, "d": 1}
    assert (graph.path("a", "a"), graph.path("a", "c"), graph.path("a", "d")) == (["a"], ["a", "b", "c"], [])


def test_the_least_of_several_shortest_paths(graph: KuzuGraph) -> None:
    """The smaller second step leads nowhere near; among the others the least wins, step by step."""
    graph.apply(
        [
            projected("s", "a", "n", "m"), projected("a", "z"), projected("z", "x"), projected("m", "y"),
            projected("n", "b"), projected("y", "t"), projected("b", "t"), projected("x", "t"), projected("t"),
        ],
        [],
    )  # fmt: skip
    assert graph.path("s", "t") == ["s", "m", "y", "t"]


def test_a_restored_task_gets_its_incoming_arrows_back(graph: KuzuGraph) -> None:
    """Nobody tells the graph of the tasks that point to it: they have not changed."""
    other = Relation("blocks-x", "b")
    graph.apply([projected("a", "b", relations=(other,)), projected("b", "c"), projected("k", parent_id="b")], [])
    edges = [Edge("a", "blocks-x", "b"), Edge("a", "depends_on", "b"), Edge("k", "child_of", "b")]
    assert graph.neighbours("b") == edges, "c is not there yet"
    graph.apply([], [Gone("b", 1)])
    assert (graph.structure().edges, graph.reach(["a"], "prerequisites")) == ((), {})
    assert sorted(column(graph, "MATCH (:Task)-[w:AWAITS]->(:Missing {task_id: 'b'}) RETURN w.kind")) == [
        "blocks-x", "child_of", "depends_on",
    ]  # fmt: skip
    graph.apply([projected("b", "c", version=3)], [])
    assert graph.neighbours("b") == edges
    graph.apply([projected("c")], [])
    assert graph.neighbours("b") == sorted([*edges, Edge("b", "depends_on", "c")])


def test_older_states_and_older_ends_are_passed_over(graph: KuzuGraph) -> None:
    graph.apply([projected("a", "b", version=5), projected("b")], [])
    graph.apply([projected("a", version=4)], [Gone("nobody", 1)])
    graph.apply([], [Gone("a", 4)])
    assert (graph.versions(), graph.neighbours("a")) == ({"a": 5, "b": 1}, [Edge("a", "depends_on", "b")])
    graph.apply([], [Gone("a", 6)])
    assert graph.versions() == {"b": 1}


def test_a_batch_that_fails_leaves_nothing(graph: KuzuGraph) -> None:
    truth = Truth([projected("a", "b"), projected("b", "a"), projected("c", "a")])
    graph.load(truth.live.values())
    broken: Any = "not a number"
    broken = projected("d", "a", estimate_minutes=broken)
    with pytest.raises(EngineFault):
        graph.apply([projected("a", "c", version=2), broken, projected("e", "c")], [Gone("b", 9)])
    assert_same(graph, truth)
    batch = [projected("a", "c", version=2)]
    graph.apply(batch, [])
    truth.apply(batch, [])
    assert_same(graph, truth)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
HARD = st.sampled_from(
    ['"', "''", "\\", "\r", "a\r\nb", ",", '","', "\\N", "NULL", "{a: 1}", "//", "\ufeff", " ", "$id"]
)


@settings(max_examples=dose(4, 100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT | HARD, min_size=len(ODD_IDS), max_size=len(ODD_IDS)), st.booleans())
def test_any_text_comes_back_as_it_was(folder: Path, titles: list[str], loaded: bool) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    tasks = [
        projected(one, *ODD_IDS[:n], title=title, role=title, assignee=title[::-1])
        for n, (one, title) in enumerate(zip(ODD_IDS, titles, strict=True))
    ]
    graph = opened(folder)
    graph.load(tasks) if loaded else graph.apply(tasks, [])
    assert dict(graph.query("MATCH (t:Task) RETURN t.task_id, t.title").rows) == dict(zip(ODD_IDS, titles, strict=True))
    assert_same(graph, Truth(tasks))
    assert len(graph.reach([ODD_IDS[-1]], "prerequisites")) == len(ODD_IDS) - 1
    assert column(graph, "MATCH (t:Task {title: $title}) RETURN count(*)", title=titles[0]) == [titles.count(titles[0])]
    graph.close()


@pytest.mark.parametrize("name", ["it's", "a [b] *?", "{x} \\ é", 'qu"ote'])
def test_any_folder(tmp_path: Path, name: str) -> None:
    truth = Truth(chain(50))
    graph = opened(tmp_path / name)
    graph.load(truth.live.values())
    assert_same(graph, truth)
    graph.close()
    assert [path.name for path in (tmp_path / name).iterdir() if path.name.startswith("load")] == []


def test_loading_more_than_nothing_adds_to_it(graph: KuzuGraph) -> None:
    graph.apply([projected("a", "b")], [])
    assert graph.load([projected("b"), projected("c", "a")]) == 2
    assert_same(graph, Truth([projected("a", "b"), projected("b"), projected("c", "a")]))


def test_a_load_that_fails_is_refused_afterwards(graph: KuzuGraph, folder: Path) -> None:
    def ends() -> Any:
        yield projected("a")
        raise KeyError("the caller's own")

    with pytest.raises(KeyError, match="own"):
        graph.load(ends())
    graph.close()
    with pytest.raises(EngineFault, match="half-filled") as raised:
        opened(folder)
    assert "vespera rebuild graph" in raised.value.next


def test_readers_go_on_while_batches_are_applied(graph: KuzuGraph) -> None:
    """Each batch moves all arrows from one target to the other, so that a reader who sees a mixture is found out."""
    rng = Random(5)
    names = [f"t{n:02}" for n in range(40)]
    graph.load([projected("x"), projected("y"), *(projected(name, "x") for name in names)])
    done = Event()

    def read(number: int) -> int:
        count = 0
        while not done.is_set() or not count:
            targets = {edge.target for edge in graph.structure().edges}
            assert targets in ({"x"}, {"y"})
            assert len(graph.reach([rng.choice("xy")], "dependents")) in (0, 40)
            assert len(column(graph, "MATCH (t:Task)-[:DEPENDS_ON]->(e) RETURN DISTINCT e.task_id")) == 1
            count += number + 1
        return count

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read, number) for number in range(3)]
        try:
            for version in range(2, 2 + dose(6, 40)):
                graph.apply([projected(name, "xy"[version % 2 - 1], version=version) for name in names], [])
        finally:
            done.set()
        assert all(reader.result() for reader in readers)


def test_times_and_numbers_at_their_ends(graph: KuzuGraph) -> None:
    far = {"due_at": 253_402_300_799_999_999, "defer_until": -30_610_224_000_000_000, "estimate_minutes": 52_560_000}
    one = projected("a", version=2**62, **far)
    graph.apply([one], [])
    assert_same(graph, Truth([one]))
