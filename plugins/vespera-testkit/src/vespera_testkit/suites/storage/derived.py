"""The contract of what is derived: scores, ids and the graph; and of helpers, outside log, version and digest."""

from __future__ import annotations

import gc
from random import Random
from typing import Any

import pytest

from vespera_core.model.basics import Micros
from vespera_core.model.graph import Edge, GraphNode
from vespera_core.model.query import EventQuery, TaskQuery
from vespera_core.model.task import Relation
from vespera_core.ports.storage import Embedding, TaskVector, TextScore, VectorMark
from vespera_testkit.suites.storage.embeddings import keep, vectors
from vespera_testkit.suites.storage.events import draft
from vespera_testkit.suites.storage.queries import CHOICES, NOW, expected, random_rows
from vespera_testkit.suites.storage.units import failing, furnish, picture
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.clock import START
from vespera_testkit.world.tasks import new_task, record_of

ODD_IDS = ("B", "a", "A-1", "a-1", "a~1", "a.1", "a_1", "10", "9", "Z", "a1", "a#", "a@", "a+")


def derived(bench: Bench) -> dict[str, Any]:
    """All that is kept beside the ledger."""
    with bench.reader() as reader:
        return {
            "vectors": {model: list(reader.task_vectors(model)) for model in ("m", "other")},
            "versions": {model: reader.vector_versions(model) for model in ("m", "other")},
            "embeddings": reader.embeddings("m", [("p", "hash t"), ("p", "hash aim"), ("p", "hash new")]),
            "memos": {space: reader.memos(space) for space in ("s", "other")},
            "secrets": reader.secrets(),
        }


def every_helper(unit: Any) -> None:
    """Use every write of helpers once, so that each changes something."""
    unit.put_memos("s", {"kept": None, "changed": 2, "new": [1]})
    unit.put_secrets({"kept": None, "changed": b"2", "new": b"1"})
    unit.put_embeddings("m", [Embedding("p", "hash new", b"new!")])
    unit.put_vector_marks("m", [VectorMark("t", 9, "p", "hash new")])
    unit.prune_vectors("m")


class DerivedRules:
    """What helpers keep is there for them, follows the tasks, and is no part of the ledger."""

    # ------------------------------------------------------------ scores and ids

    @pytest.mark.parametrize("words", [["alpha"], ["alpha", "beta"], ['"', "beta"], ["gamma", "no"], ["nothing"], []])
    def test_scores_are_in_the_order_of_search(self, bench: Bench, words: list[str]) -> None:
        """Scores are positive, come best first, ties by id, and in the same order as a search for any of the words."""
        random = Random(3)
        texts = ("alpha", "beta gamma", "alpha beta alpha", "delta", "Alpha, the beta")
        bench.add(*(
            new_task(f"t{n}", title=random.choice(texts), description=random.choice(texts) * (n % 5),
                     project_id=random.choice("pq"), deleted_at=random.choice((None, None, Micros(1))))
            for n in range(40)
        ))  # fmt: skip
        with bench.reader() as reader:
            for query in (TaskQuery(limit=0), TaskQuery(limit=3), TaskQuery(projects=("q",)), TaskQuery(deleted=True)):
                found = reader.text_scores(words, query)
                page = reader.search(words, query, every=False)
                assert [one.task_id for one in found] == [task.task_id for task in page.items]
                assert all(isinstance(one, TextScore) and one.score > 0 for one in found)
                assert found == sorted(found, key=lambda one: (-one.score, one.task_id))

    def test_scores_mind_readiness(self, bench: Bench) -> None:
        """A query for what is ready narrows scores and searches alike."""
        ready, waiting = new_task("ready", title="word"), new_task("waiting", title="word")
        bench.add_records([(ready, record_of(ready, ready_at=Micros(0))), (waiting, record_of(waiting, ready_at=None))])
        with bench.reader() as reader:
            query = TaskQuery(ready_at=NOW)
            assert [one.task_id for one in reader.text_scores(["word"], query)] == ["ready"]
            assert [task.task_id for task in reader.search(["word"], query, every=True).items] == ["ready"]

    @pytest.mark.parametrize("name", CHOICES)
    def test_ids_fit_each_filter(self, bench: Bench, name: str) -> None:
        """`ids` answers every id that a filter lets through, sorted, whatever limit and order say."""
        rows = random_rows(150)
        bench.add_records(rows)
        with bench.reader() as reader:
            for choice in CHOICES[name]:
                query = TaskQuery(**{name: choice}, limit=3, sort="title")
                assert reader.ids(query) == sorted(expected(rows, query))

    def test_ids_are_sorted_by_code_points(self, bench: Bench) -> None:
        """Ids are sorted by code point, wherever they are given out.

        If this fails: the collation of the engine is one of a language; ask for the binary one.
        """
        bench.add(*map(new_task, ODD_IDS))
        keep(bench, "m", *ODD_IDS)
        wanted = sorted(ODD_IDS)
        with bench.reader() as reader:
            assert reader.ids(TaskQuery()) == wanted
            assert [node.task_id for node in reader.graph_nodes()] == wanted
            assert [node.task_id for node in reader.graph_nodes(ODD_IDS[::-1])] == wanted
        assert vectors(bench) == wanted
        assert vectors(bench, query=TaskQuery(projects=("p",), sort="updated")) == wanted
        assert vectors(bench, ids=ODD_IDS[::-1]) == wanted

    # ------------------------------------------------------------ the graph

    def test_a_node_says_what_analysis_weighs(self, bench: Bench) -> None:
        """A node of the graph has the facts of its task, with its category and the rank of its priority."""
        moments = [Micros(START + n) for n in range(5)]
        task = new_task(
            "t", project_id="q", type="bug", status="completed", priority="low", parent_id="up", role="dev",
            assignee="ann", estimate_minutes=0, created_at=moments[0], started_at=moments[1], closed_at=moments[2],
            due_at=moments[3], defer_until=moments[4], version=7,
        )  # fmt: skip
        bench.add(new_task("up"), task)
        node = GraphNode(
            "t", "q", 7, "bug", "completed", "closed", 3, "up", "dev", "ann", 0, moments[0], moments[1], moments[2],
            moments[3], moments[4],
        )  # fmt: skip
        with bench.reader() as reader:
            (found,) = reader.graph_nodes(["t", "none", "t"])
            assert found == node
            assert isinstance(found, GraphNode)
            assert not found.open
            assert [one.task_id for one in reader.graph_nodes()] == ["t", "up"]
            assert reader.graph_nodes([]) == []

    def test_arrows_come_sorted(self, bench: Bench) -> None:
        """Edges come sorted by source, kind and target; a parent is an edge `child_of`."""
        arrows = [Relation("x", "b"), Relation("depends_on", "b"), Relation("depends_on", "B"), Relation("x", "a~")]
        bench.add(*map(new_task, ("b", "B", "a~", "up")), new_task("t", parent_id="up", relations=tuple(arrows)))
        bench.add(new_task("A", parent_id="t", relations=(Relation("x", "t"),)))
        with bench.reader() as reader:
            found = reader.graph_edges()
            assert found == sorted([
                *(Edge("t", *one) for one in arrows), Edge("t", "child_of", "up"), Edge("A", "child_of", "t"),
                Edge("A", "x", "t"),
            ])  # fmt: skip
            assert all(isinstance(edge, Edge) for edge in found)
            assert reader.graph_edges(["t", "b", "none"]) == [edge for edge in found if edge.source == "t"]
            assert reader.graph_edges([]) == []

    def test_deleted_tasks_leave_the_graph_and_come_back(self, bench: Bench) -> None:
        """A deleted task is no node, its arrows are no edges from either end, and all come back with it."""
        bench.add(new_task("aim"), new_task("up"), new_task("t", parent_id="up", relations=(Relation("x", "aim"),)))

        def graph() -> tuple[list[str], list[Edge]]:
            with bench.reader() as reader:
                assert reader.graph_edges(["t", "aim"]) == reader.graph_edges()
                return [node.task_id for node in reader.graph_nodes()], reader.graph_edges()

        whole = graph()
        assert len(whole[1]) == 2
        for name, left in (("aim", [Edge("t", "child_of", "up")]), ("up", [Edge("t", "x", "aim")]), ("t", [])):
            gone = bench.update(bench.task(name), deleted_at=Micros(1))  # type: ignore[arg-type]
            assert graph() == ([one for one in whole[0] if one != name], left)
            bench.update(gone, deleted_at=None)
            assert graph() == whole

    def test_reading_the_graph_leaves_the_collector_as_it_was(self, bench: Bench) -> None:
        """Reading the graph leaves the garbage collector on."""
        with bench.reader() as reader:
            reader.graph_edges()
            assert gc.isenabled()

    # ------------------------------------------------------------ units

    def test_a_unit_sees_what_it_wrote(self, bench: Bench) -> None:
        """Within a unit, vectors, ids, the graph, scores and the position show what the unit wrote."""
        furnish(bench)

        def work(unit: Any) -> None:
            unit.insert_tasks(
                [(new := new_task("new", title="fresh", relations=(Relation("x", "t"),)), record_of(new))]
            )
            every_helper(unit)
            unit.put_vector_marks("m", [VectorMark("new", 1, "p", "hash new")])
            assert list(unit.task_vectors("m")) == [TaskVector("new", 1, b"new!"), TaskVector("t", 9, b"new!")]
            assert unit.vector_versions("m") == {"t": 9, "new": 1}
            assert unit.ids(TaskQuery()) == ["aim", "new", "t"] == [one.task_id for one in unit.graph_nodes()]
            assert Edge("new", "x", "t") in unit.graph_edges()
            assert [one.task_id for one in unit.text_scores(["fresh"], TaskQuery())] == ["new"]
            position = unit.position()
            unit.append([draft("new", 1)])
            assert unit.position() == position + 1

        bench.write(work)

    def test_a_failed_unit_takes_everything_back(self, bench: Bench) -> None:
        """A unit that fails leaves vectors, memos and secrets as they were.

        If this fails: something is kept outside the transaction of the store.
        """
        furnish(bench)
        keep(bench, "m", "t", "aim")
        keep(bench, "other", "t")
        bench.write(lambda unit: unit.put_memos("s", {"kept": 1, "changed": {"a": 1}}))
        bench.write(lambda unit: unit.put_secrets({"kept": b"1", "changed": b"1"}))
        before = derived(bench)
        failing(bench, every_helper)
        assert derived(bench) == before
        bench.write(every_helper)
        assert derived(bench) != before

    def test_helpers_write_no_history(self, bench: Bench) -> None:
        """Nothing that helpers keep changes a task, a version or the log."""
        furnish(bench)
        before = picture(bench)
        keep(bench, "m", "t")
        bench.write(every_helper)
        assert picture(bench) == before

    def test_the_position_is_the_last_line(self, bench: Bench) -> None:
        """The position is the number of the last line of the log, and 0 while there is none."""
        with bench.reader() as reader:
            assert reader.position() == 0
        furnish(bench)
        with bench.reader() as reader:
            assert reader.position() == [row.seq for row in reader.event_rows(EventQuery())][-1] == 2

    # ------------------------------------------------------------ care

    def test_tidying_up_changes_nothing(self, bench: Bench) -> None:
        """`optimise` says what it did in words, may be called again, and changes nothing that can be read."""
        for n in range(60):
            bench.add(new_task(f"t{n}", title=f"word {n}", description="many words " * n))
        before = picture(bench)
        assert isinstance(bench.storage.optimise(), str)
        bench.storage.optimise()
        assert picture(bench) == before
        with bench.reader() as reader:
            assert len(reader.text_scores(["word"], TaskQuery(limit=0))) == 60
        assert {one.severity for one in bench.storage.check()} == {"ok"}

    def test_figures_are_sizes(self, bench: Bench) -> None:
        """Figures are sizes in bytes, under names that are known."""
        figures = bench.storage.figures()
        assert set(figures) <= {"file", "log", "free"}
        assert all(isinstance(size, int) and size >= 0 for size in figures.values())
