"""The contract of graphs: they answer as following every arrow would, for the ledger as it stands.

A back end under test subclasses `GraphContract` and opens itself in `open_graph`. One that is a `Projection` is fed
here as the core feeds it; one that reads the primary store needs no feeding. `graph_of(ledger)` makes a graph that is
level with that ledger at every question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.plain_graph import agree
from conformance.support import DEEP, START, STORES, Ledgers, category_of, new_task, record_of
from vespera_core.app.application import Vespera
from vespera_core.app.projections.source import Source
from vespera_core.builtin.graph.memory import MemoryGraph
from vespera_core.model.basics import Micros
from vespera_core.model.event import EventDraft, Stamp
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.task import Relation, Task
from vespera_core.ports.graph import Direction, Graph
from vespera_core.ports.projection import Projection
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import UnitOfWork

DOSE = settings(
    max_examples=2000 if DEEP else 60, deadline=None, derandomize=not DEEP, database=None, print_blob=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
IDS = ("a-1", "A-1", "a-10", "a-9", "a~1", "a@1", "a+1", "a#1", "1", "a-1.b_c~d@e+f#g")
KINDS = ("depends_on", "depends_on", "depends_on", "relates_to", "discovered_from", "tests_with-care")


class Level(Graph):
    """A graph that is brought up to its ledger before each question, as the core does it."""

    def __init__(self, ledger: Vespera, graph: Graph, folder: Path) -> None:
        self.ledger = ledger
        self.inner = graph
        self.folder = folder
        self._fed = 0

    def _levelled(self) -> Graph:
        if isinstance(self.inner, Projection):
            changes = Source(self.ledger.kernel.storage, None).changes(self._fed, 10**9)
            if changes.tasks or changes.gone:
                self.inner.apply(changes.tasks, changes.gone)
            self._fed = changes.position
        return self.inner

    def structure(self) -> Structure:
        """The position of a projection is known to whoever feeds it."""
        found = self._levelled().structure()
        return replace(found, position=self._fed) if isinstance(self.inner, Projection) else found

    def reach(self, ids: Sequence[str], direction: Direction, hops: int | None = None) -> dict[str, int]:
        return self._levelled().reach(ids, direction, hops)

    def path(self, source: str, target: str) -> list[str]:
        return self._levelled().path(source, target)

    def neighbours(self, task_id: str) -> list[Edge]:
        return self._levelled().neighbours(task_id)

    def close(self) -> None:
        self.inner.close()


GraphOf = Callable[[Vespera], Level]


# ---------------------------------------------------------------- worlds that no rule of the ledger has seen


def plant(ledger: Vespera, tasks: Iterable[Task]) -> None:
    """Write tasks as they are, circles and all, with an event for each: new ones, and new states of old ones."""
    wanted = {task.task_id: task for task in tasks}

    def work(unit: UnitOfWork) -> None:
        unit.stamp = Stamp("ann", "python", "{}")
        old = unit.tasks(list(wanted))
        unit.insert_tasks([(task, record_of(task)) for one, task in wanted.items() if one not in old])
        for one, before in old.items():
            unit.update_task(before, wanted[one].evolve(version=before.version + 1), category_of(wanted[one]))
            wanted[one] = wanted[one].evolve(version=before.version + 1)
        unit.append([EventDraft("task.updated", task.project_id, "task", one, task.version, {})
                     for one, task in wanted.items()])  # fmt: skip

    ledger.kernel.storage.write(work)


@st.composite
def worlds(draw: st.DrawFn) -> list[Task]:
    """Ten tasks, some of them deleted, with any parents and any arrows: in circles, to deleted ones."""
    pairs = st.tuples(st.sampled_from(KINDS), st.sampled_from(IDS))
    return [
        new_task(
            one, project_id="mem",
            status=draw(st.sampled_from(("pending", "in_progress", "blocked", "completed"))),
            deleted_at=draw(st.sampled_from((None, None, None, Micros(START)))),
            parent_id=draw(st.sampled_from((None, None, *(other for other in IDS if other != one)))),
            estimate_minutes=draw(st.sampled_from((None, 0, 90))),
            relations=tuple(sorted({Relation(*pair) for pair in draw(st.lists(pairs, max_size=4)) if pair[1] != one})),
        )
        for one in IDS
    ]  # fmt: skip


STORIES = st.lists(worlds(), min_size=1, max_size=3)


def chain(ledger: Vespera, count: int) -> list[str]:
    """A chain in which each task depends on the one before it; answers the ids."""
    ids = [f"c-{number:05d}" for number in range(count)]
    before = [(), *[(Relation("depends_on", one),) for one in ids[:-1]]]
    plant(ledger, [new_task(one, project_id="mem", relations=arrows) for one, arrows in zip(ids, before, strict=True)])
    return ids


# ---------------------------------------------------------------- the contract


class GraphContract:
    """What every graph keeps."""

    def open_graph(self, ledger: Vespera, context: OpenContext) -> Graph:
        """The graph under test, empty, on a folder of its own."""
        raise NotImplementedError

    @pytest.fixture
    def graph_of(self, tmp_path: Path) -> Iterator[GraphOf]:
        """Makes graphs that are level with their ledgers, and closes them in the end, twice."""
        opened: list[Level] = []

        def make(ledger: Vespera) -> Level:
            folder = Path(mkdtemp(dir=tmp_path))
            context = OpenContext(folder, ledger.kernel.clock, ledger.kernel.storage, name=folder.name)
            opened.append(Level(ledger, self.open_graph(ledger, context), folder))
            return opened[-1]

        yield make
        for graph in (*opened, *opened):
            graph.close()

    @pytest.fixture(params=STORES)
    def store(self, request: pytest.FixtureRequest, ledgers: Ledgers) -> Vespera:
        """A ledger on each store."""
        return ledgers.open(request.param)

    # ------------------------------------------------------------ random graphs

    @DOSE
    @given(story=STORIES)
    def test_every_answer_is_that_of_a_plain_walk(self, graph_of: GraphOf, story: list[list[Task]]) -> None:
        self.hold_to(graph_of, story)

    def hold_to(self, graph_of: GraphOf, story: list[list[Task]]) -> None:
        """Lead a graph through some worlds, and hold every answer against a plain walk."""
        with Vespera.in_memory(actor="ann") as ledger:
            graph = graph_of(ledger)
            for world in story:
                plant(ledger, world)
                agree(graph, ledger, IDS)
            graph.close()
            rmtree(graph.folder)  # some engines take 20 MB for ten tasks, and there are thousands of examples

    # ------------------------------------------------------------ through the ledger

    def test_nothing_is_known_of_nothing(self, store: Vespera, graph_of: GraphOf) -> None:
        graph = graph_of(store)
        position = graph.structure().position
        assert graph.structure() == Structure(position, (), ())
        assert graph.reach(["x"], "prerequisites") == {}
        assert graph.reach([], "dependents") == {}
        assert graph.path("x", "y") == []
        assert graph.path("x", "x") == []
        assert graph.neighbours("x") == []

    def test_a_change_is_seen_at_once(self, store: Vespera, graph_of: GraphOf) -> None:
        graph = graph_of(store)
        store.projects.create("two")
        ids = ["t-1", "t-2", "t-3", "t-4", "t-5"]
        steps: list[Callable[[], Any]] = [
            lambda: store.tasks.create_task("First", task_id="t-1", estimate_minutes=30, role="dev"),
            lambda: store.tasks.create_task("Second", task_id="t-2", depends_on=("t-1",), due_at=Micros(START)),
            lambda: store.tasks.create_task("Third", task_id="t-3", parent_id="t-2", project_id="two"),
            lambda: store.tasks.create_task("Fourth", task_id="t-4", relations=(("tests_with", "t-3"),)),
            lambda: store.tasks.link("t-4", "t-1", "relates_to"),
            lambda: store.tasks.update_task("t-3", priority="critical", assignee="bob", type="bug"),
            lambda: store.tasks.complete_task("t-1"),
            lambda: store.tasks.comment("t-1", "no arrow moves by this"),
            lambda: store.tasks.claim("t-3"),
            lambda: store.tasks.add_dependency("t-4", "t-2"),
            lambda: store.tasks.remove_dependency("t-2", "t-1"),
            lambda: store.tasks.update_task("t-3", parent_id=None),
            lambda: store.tasks.delete_task("t-2"),
            lambda: store.tasks.create_task("Fifth", task_id="t-5", depends_on=("t-4",)),
            lambda: store.tasks.restore_task("t-2"),
            lambda: store.projects.update("two", name="Another name"),
            lambda: store.tasks.reopen("t-1"),
            lambda: store.tasks.defer("t-5", Micros(START + 10**12)),
        ]
        for step in steps:
            step()
            agree(graph, store, ids)

    def test_arrows_of_deleted_tasks_are_followed_no_more(self, store: Vespera, graph_of: GraphOf) -> None:
        graph = graph_of(store)
        for number in range(5):
            before = (f"t-{number - 1}",) if number else ()
            store.tasks.create_task("A link", task_id=f"t-{number}", depends_on=before)
        assert graph.path("t-4", "t-0") == ["t-4", "t-3", "t-2", "t-1", "t-0"]
        store.tasks.delete_task("t-2")
        assert graph.path("t-4", "t-0") == []
        assert graph.reach(["t-4"], "prerequisites") == {"t-3": 1}
        assert graph.reach(["t-2"], "dependents") == {}
        assert graph.neighbours("t-2") == []
        assert graph.neighbours("t-3") == [Edge("t-4", "depends_on", "t-3")]
        store.tasks.restore_task("t-2")
        assert graph.reach(["t-0"], "dependents") == {"t-1": 1, "t-2": 2, "t-3": 3, "t-4": 4}

    def test_a_graph_that_comes_late_is_equal(self, store: Vespera, graph_of: GraphOf) -> None:
        early = graph_of(store)
        for number in range(30):
            before = (f"t-{number // 10 * 5}",) if number else ()
            store.tasks.create_task("A task", task_id=f"t-{number}", depends_on=before)
            early.structure()
            if number % 5 == 4:
                store.tasks.delete_task(f"t-{number - 1}")
        ids = [f"t-{number}" for number in range(30)]
        late = graph_of(store)
        agree(early, store, ids)
        agree(late, store, ids)
        assert early.structure() == late.structure() == MemoryGraph(store.kernel.storage).structure()

    def test_many_changes_at_once_are_taken(self, store: Vespera, graph_of: GraphOf) -> None:
        graph = graph_of(store)
        store.tasks.create_task("Before all", task_id="t-0")
        assert len(graph.structure().nodes) == 1
        tree = {"title": "Root", "task_id": "r", "children": [
            {"title": "Leaf", "task_id": f"l-{number:04d}", "depends_on": ("t-0",)} for number in range(2500)
        ]}  # fmt: skip
        store.tasks.create_task_tree(tree)
        assert len(graph.structure().nodes) == 2502
        assert graph.reach(["t-0"], "dependents") == {f"l-{number:04d}": 1 for number in range(2500)}
        assert len(graph.neighbours("r")) == 2500
        assert graph.structure() == MemoryGraph(store.kernel.storage).structure()

    def test_the_structure_is_in_order(self, store: Vespera, graph_of: GraphOf) -> None:
        rows = [new_task(one, project_id="mem", relations=(Relation("relates_to", "z"),)) for one in IDS]
        plant(store, [*rows, new_task("z", project_id="mem")])
        found = graph_of(store).structure()
        assert [node.task_id for node in found.nodes] == [*sorted(IDS), "z"]
        assert list(found.edges) == sorted(found.edges)
        assert type(found.nodes[0].created_at) is int
        assert {type(edge) for edge in found.edges} == {Edge}

    # ------------------------------------------------------------ shapes

    def test_a_chain_is_followed_to_its_end(self, graph_of: GraphOf, ledgers: Ledgers) -> None:
        ledger = ledgers.open("memory")
        graph = graph_of(ledger)
        ids = chain(ledger, 5000)
        assert graph.reach([ids[-1]], "prerequisites") == {one: far for far, one in enumerate(ids[-2::-1], 1)}
        assert graph.reach([ids[0]], "dependents") == {one: far for far, one in enumerate(ids[1:], 1)}
        assert graph.path(ids[-1], ids[0]) == ids[::-1]
        assert graph.path(ids[0], ids[-1]) == []
        assert len(graph.reach([ids[-1]], "prerequisites", 4321)) == 4321

    @pytest.mark.parametrize("hops", [29, 30, 31, 32, 100, 70_000])
    def test_hops_are_counted_past_any_bound(self, graph_of: GraphOf, ledgers: Ledgers, hops: int) -> None:
        ledger = ledgers.open("memory")
        ids = chain(ledger, 110)
        found = graph_of(ledger).reach([ids[0]], "dependents", hops)
        assert list(found) == ids[1 : hops + 1]

    def test_circles_from_outside_end_every_search(self, graph_of: GraphOf, ledgers: Ledgers) -> None:
        ledger = ledgers.open("memory")
        graph = graph_of(ledger)
        around = {"a": "b", "b": "c", "c": "a", "d": "a", "e": "f", "f": "e"}
        plant(ledger, [new_task(one, project_id="mem", relations=(Relation("depends_on", to),))
                       for one, to in around.items()])  # fmt: skip
        assert graph.reach(["a"], "prerequisites") == {"b": 1, "c": 2}
        assert graph.reach(["a"], "dependents") == {"c": 1, "d": 1, "b": 2}
        assert graph.reach(["a", "b", "c"], "prerequisites") == {}
        assert graph.reach(["e"], "prerequisites") == {"f": 1}
        assert graph.path("b", "a") == ["b", "c", "a"]
        assert graph.path("e", "e") == ["e"]
        assert graph.path("a", "d") == []
        agree(graph, ledger, [*around])

    def test_the_least_of_many_short_ways_is_shown(self, graph_of: GraphOf, ledgers: Ledgers) -> None:
        """Twelve floors of three tasks, each floor joined to the next in full: half a million shortest ways."""
        ledger = ledgers.open("memory")
        graph = graph_of(ledger)
        floors = [[f"f-{floor:02d}{side}" for side in "cab"] for floor in range(12)]
        rows = [
            new_task(one, project_id="mem", relations=tuple(sorted(Relation("depends_on", to) for to in below)))
            for floor, below in zip(floors, [*floors[1:], []], strict=True)
            for one in floor
        ]
        plant(ledger, rows)
        assert graph.path("f-00c", "f-11b") == ["f-00c", *(f"f-{floor:02d}a" for floor in range(1, 11)), "f-11b"]
        assert len(graph.reach(["f-00a"], "prerequisites")) == 33

    def test_custom_kinds_are_shown_and_not_followed(self, store: Vespera, graph_of: GraphOf) -> None:
        graph = graph_of(store)
        store.tasks.create_task("One", task_id="t@1")
        store.tasks.create_task("Two", task_id="t#2", relations=(("tests_with-care", "t@1"), ("relates_to", "t@1")))
        both = [Edge("t#2", "relates_to", "t@1"), Edge("t#2", "tests_with-care", "t@1")]
        assert graph.neighbours("t@1") == graph.neighbours("t#2") == both
        assert graph.reach(["t#2"], "prerequisites") == {}
        assert graph.path("t#2", "t@1") == []

    def test_threads_get_whole_answers(self, graph_of: GraphOf, ledgers: Ledgers) -> None:
        from concurrent.futures import ThreadPoolExecutor

        ledger = ledgers.open("memory")
        graph = graph_of(ledger).inner
        ids = chain(ledger, 300)
        if isinstance(graph, Projection):
            changes = Source(ledger.kernel.storage, None).changes(0, 10**9)
            graph.apply(changes.tasks, changes.gone)

        def ask(number: int) -> tuple[int, int, int]:
            reached, way = graph.reach([ids[number]], "prerequisites"), graph.path(ids[number], ids[0])
            return len(reached), len(way), len(graph.structure().edges)

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, range(300))) == [(number, number + 1, 299) for number in range(300)]
