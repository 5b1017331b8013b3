"""The suite of graphs: they answer as following every arrow would, for the ledger as it stands.

One that is a `Projection` is fed here as the core feeds it; one that reads the primary store needs no feeding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, ClassVar

import pytest
from hypothesis import given

from vespera_core.app.application import Vespera
from vespera_core.builtin.graph.memory import MemoryGraph
from vespera_core.errors import Unsupported
from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge, Structure
from vespera_core.model.task import Relation, Task
from vespera_core.ports.capabilities import DIRECT, DURABLE, QUERY
from vespera_core.ports.graph import Graph
from vespera_core.ports.projection import Projection
from vespera_core.ports.provider import OpenContext
from vespera_testkit.conformance import Conformance, requires, without
from vespera_testkit.model.walk import agree
from vespera_testkit.profiles import Profile
from vespera_testkit.world.arrows import IDS, STORIES, chain, plant
from vespera_testkit.world.clock import START, FakeClock
from vespera_testkit.world.handle import Handle
from vespera_testkit.world.ledgers import STORES, Ledgers
from vespera_testkit.world.level import Level
from vespera_testkit.world.places import settings_for
from vespera_testkit.world.tasks import new_task

GraphOf = Callable[[Vespera], Level]


class GraphConformance(Conformance):
    """What every graph keeps. `graph_of(ledger)` is a graph that is level with that ledger at every question.

    >>> class TestAcme(GraphConformance):  # doctest: +SKIP
    ...     provider = "acme"
    """

    kind: ClassVar[str] = "graph"
    question: ClassVar[str] = ""
    """Where ``query`` is declared: a question in the language of the back end that changes nothing."""

    @pytest.fixture
    def ledgers(self, vespera_template: Path, vespera_scratch: Path) -> Iterator[Ledgers]:
        """Makes ledgers."""
        made = Ledgers(vespera_template, vespera_scratch, FakeClock())
        yield made
        made.close()

    @pytest.fixture
    def graph_of(self, tmp_path: Path, settings: dict[str, Any]) -> Iterator[GraphOf]:
        """Makes graphs that are level with their ledgers, and closes them in the end, twice."""
        opened: list[Level] = []

        def make(ledger: Vespera) -> Level:
            store = None if self.offer().item.isolated else ledger.kernel.storage
            context = OpenContext(None, ledger.kernel.clock, store, name=f"conformance-{len(opened)}")
            opened.append(
                Level(ledger, Handle(partial(self.open_graph, settings, context), Path(mkdtemp(dir=tmp_path))))
            )
            return opened[-1]

        yield make
        for graph in opened:
            graph.close()

    @pytest.fixture(params=STORES)
    def store(self, request: pytest.FixtureRequest, ledgers: Ledgers) -> Vespera:
        """A ledger on each store."""
        return ledgers.open(request.param)

    def open_graph(self, settings: dict[str, Any], context: OpenContext, folder: Path) -> Graph:
        """The graph of a folder, made where there is none."""
        provider = self.offer().item
        context = replace(context, folder=folder)
        full = settings_for(self.kind, provider, settings)
        provider.create(full, context)
        graph: Graph = provider.open(full, context)
        return graph

    # ------------------------------------------------------------ random graphs

    def test_every_answer_is_that_of_a_plain_walk(self, graph_of: GraphOf, profile: Profile) -> None:
        """Ten tasks in worlds that no rule has seen: circles, deleted tasks, any arrows.

        If this fails: the last lines show the smallest world; follow its arrows by hand.
        """

        @profile.settings()  # type: ignore[untyped-decorator]
        @given(story=STORIES)
        def hold(story: list[list[Task]]) -> None:
            with Vespera.in_memory(actor="ann") as ledger:
                graph = graph_of(ledger)
                for world in story:
                    plant(ledger, world)
                    agree(graph, ledger, IDS)
                graph.close()
                rmtree(
                    graph.handle.folder
                )  # some engines take 20 MB for ten tasks, and there are thousands of examples

        hold()

    # ------------------------------------------------------------ through the ledger

    def test_nothing_is_known_of_nothing(self, store: Vespera, graph_of: GraphOf) -> None:
        """An empty graph answers every question with nothing, and so does one that is asked about unknown ids."""
        graph = graph_of(store)
        position = graph.structure().position
        assert graph.structure() == Structure(position, (), ())
        assert graph.reach(["x"], "prerequisites") == {}
        assert graph.reach([], "dependents") == {}
        assert graph.path("x", "y") == []
        assert graph.path("x", "x") == []
        assert graph.neighbours("x") == []

    def test_a_change_is_seen_at_once(self, store: Vespera, graph_of: GraphOf) -> None:
        """After each change of the ledger, whatever was changed, every answer is right.

        If this fails: something is remembered from an earlier question, or `apply` does not take away what a task has
        no longer.
        """
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
        """No path leads through a deleted task, and all lead again once it has come back."""
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
        """A graph made from a ledger with a history equals one that followed it from the start."""
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
        """Two and a half thousand tasks in one change are taken whole."""
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
        """Nodes come by id and edges sorted, by code point, as values of the core's own types."""
        rows = [new_task(one, project_id="mem", relations=(Relation("relates_to", "z"),)) for one in IDS]
        plant(store, [*rows, new_task("z", project_id="mem")])
        found = graph_of(store).structure()
        assert [node.task_id for node in found.nodes] == [*sorted(IDS), "z"]
        assert list(found.edges) == sorted(found.edges)
        assert type(found.nodes[0].created_at) is int
        assert {type(edge) for edge in found.edges} == {Edge}

    # ------------------------------------------------------------ shapes

    def test_a_chain_is_followed_to_its_end(self, graph_of: GraphOf, ledgers: Ledgers) -> None:
        """A chain of five thousand tasks is followed to its end, with the right distances.

        If this fails: the engine bounds the length of a path, or a function calls itself; go on from where the bound
        was reached.
        """
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
        """A search goes as many hops as it is asked to, and no more, beyond any bound of the engine too."""
        ledger = ledgers.open("memory")
        ids = chain(ledger, 110)
        found = graph_of(ledger).reach([ids[0]], "dependents", hops)
        assert list(found) == ids[1 : hops + 1]

    def test_circles_from_outside_end_every_search(self, graph_of: GraphOf, ledgers: Ledgers) -> None:
        """Circles, which only damage brings into a ledger, end every search, and no start is among what it reaches."""
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
        """Relations of other kinds are shown among the neighbours, and no path follows them."""
        graph = graph_of(store)
        store.tasks.create_task("One", task_id="t@1")
        store.tasks.create_task("Two", task_id="t#2", relations=(("tests_with-care", "t@1"), ("relates_to", "t@1")))
        both = [Edge("t#2", "relates_to", "t@1"), Edge("t#2", "tests_with-care", "t@1")]
        assert graph.neighbours("t@1") == graph.neighbours("t#2") == both
        assert graph.reach(["t#2"], "prerequisites") == {}
        assert graph.path("t#2", "t@1") == []

    def test_threads_get_whole_answers(self, graph_of: GraphOf, ledgers: Ledgers) -> None:
        """Several threads that ask at once get the answers that each would get alone."""
        ledger = ledgers.open("memory")
        ids = chain(ledger, 300)
        graph = graph_of(ledger).levelled()

        def ask(number: int) -> tuple[int, int, int]:
            reached, way = graph.reach([ids[number]], "prerequisites"), graph.path(ids[number], ids[0])
            return len(reached), len(way), len(graph.structure().edges)

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, range(300))) == [(number, number + 1, 299) for number in range(300)]

    # ------------------------------------------------------------ keeping

    @requires(DURABLE)
    def test_it_is_there_when_it_is_opened_again(self, store: Vespera, graph_of: GraphOf) -> None:
        """What `apply` was given is in the folder when it returns: every node and every arrow, and nothing is older.

        If this fails: something is written in `close` alone, or is kept in the process.
        """
        graph = graph_of(store)
        ids = ["t-1", "t-2", "t-3", "t-4"]
        store.tasks.create_task("One", task_id="t-1")
        store.tasks.create_task("Two", task_id="t-2", depends_on=("t-1",))
        store.tasks.create_task("Three", task_id="t-3", relations=(("relates_to", "t-2"),))
        store.tasks.create_task("Four", task_id="t-4", parent_id="t-3")
        agree(graph, store, ids)
        for again in (graph.handle.reopen, graph.handle.crash):
            again()
            agree(graph, store, ids)
            store.tasks.remove_dependency("t-2", "t-1")
            agree(graph, store, ids)
            again()
            agree(graph, store, ids)
            store.tasks.add_dependency("t-2", "t-1")
            agree(graph, store, ids)
        store.tasks.delete_task("t-2")
        agree(graph, store, ids)
        graph.handle.crash()
        agree(graph, store, ids)

    @requires(DURABLE)
    def test_a_durable_one_is_fed(self, store: Vespera, graph_of: GraphOf) -> None:
        """One that is durable is a `Projection`, and says which version of each task it holds."""
        graph = graph_of(store)
        assert isinstance(graph.inner, Projection)
        store.tasks.create_task("One", task_id="t-1")
        levelled = graph.levelled()
        assert isinstance(levelled, Projection)
        assert levelled.versions() == {"t-1": 1}

    @requires(DIRECT)
    def test_a_direct_one_is_not_fed(self, store: Vespera, graph_of: GraphOf) -> None:
        """One that is direct is no `Projection`."""
        assert not isinstance(graph_of(store).inner, Projection)

    def test_it_is_durable_or_direct(self) -> None:
        """The core must know whether to feed it."""
        assert self.offers(DURABLE) != self.offers(DIRECT)

    # ------------------------------------------------------------ questions

    @requires(QUERY)
    def test_a_question_is_answered(self, store: Vespera, graph_of: GraphOf) -> None:
        """The suite's `question` is one that answers with at least one row where there is a task."""
        store.tasks.create_task("One", task_id="t-1")
        found = graph_of(store).levelled().query(self.question)
        assert found.rows
        assert all(len(row) == len(found.columns) for row in found.rows)

    @without(QUERY)
    def test_a_question_is_refused(self, store: Vespera, graph_of: GraphOf) -> None:
        """With `Unsupported` that names the capability, and not with an answer that nobody promised."""
        with pytest.raises(Unsupported) as refusal:
            graph_of(store).levelled().query("MATCH (n) RETURN n")
        assert refusal.value.details.get("capability") == QUERY
