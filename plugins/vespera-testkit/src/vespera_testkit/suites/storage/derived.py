"""The contract of what helpers derive: scores, ids, the graph, vectors and memos, outside log, version and digest."""

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
from vespera_testkit.suites.storage.events import draft
from vespera_testkit.suites.storage.queries import CHOICES, NOW, expected, random_rows
from vespera_testkit.suites.storage.units import failing, furnish, picture
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.clock import START
from vespera_testkit.world.tasks import new_task, record_of

ODD_IDS = ("B", "a", "A-1", "a-1", "a~1", "a.1", "a_1", "10", "9", "Z", "a1", "a#", "a@", "a+")
VALUES: tuple[Any, ...] = (
    {"b": [1, 2.5, None, True], "a": {"é": "🦔"}}, [], {}, "", "text\x00with\u2028odd\n", 0, False, -1.5, 10**30,
)  # fmt: skip
FILTERS = (
    TaskQuery(projects=("p",)), TaskQuery(open=True), TaskQuery(ready_at=NOW), TaskQuery(deleted=True),
    TaskQuery(tags=("x",)), TaskQuery(without_projects=("p",), limit=1, sort="title"), TaskQuery(projects=()),
)  # fmt: skip


def vector_of(name: str) -> bytes:
    """Bytes that belong to a text; length and meaning are no matter of the store."""
    return (name.encode() * 8)[:8]


def keep(bench: Bench, model: str, *task_ids: str, version: int = 1, project: str = "p") -> None:
    """Tie tasks to vectors of texts of their own."""

    def work(unit: Any) -> None:
        unit.put_embeddings(model, [Embedding(project, f"hash {one}", vector_of(one)) for one in task_ids])
        unit.put_vector_marks(model, [VectorMark(one, version, project, f"hash {one}") for one in task_ids])

    bench.write(work)


def vectors(bench: Bench, model: str = "m", **limits: Any) -> list[str]:
    """Ids of tasks that have a vector; each has its own."""
    with bench.reader() as reader:
        found = list(reader.task_vectors(model, **limits))
    assert all(isinstance(one, TaskVector) and one.vector == vector_of(one.task_id) for one in found)
    return [one.task_id for one in found]


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
        ready, waiting = new_task("ready", title="word"), new_task("waiting", title="word")
        bench.add_records([(ready, record_of(ready, ready_at=Micros(0))), (waiting, record_of(waiting, ready_at=None))])
        with bench.reader() as reader:
            query = TaskQuery(ready_at=NOW)
            assert [one.task_id for one in reader.text_scores(["word"], query)] == ["ready"]
            assert [task.task_id for task in reader.search(["word"], query, every=True).items] == ["ready"]

    @pytest.mark.parametrize("name", CHOICES)
    def test_ids_fit_each_filter(self, bench: Bench, name: str) -> None:
        rows = random_rows(150)
        bench.add_records(rows)
        with bench.reader() as reader:
            for choice in CHOICES[name]:
                query = TaskQuery(**{name: choice}, limit=3, sort="title")
                assert reader.ids(query) == sorted(expected(rows, query))

    def test_ids_are_sorted_by_code_points(self, bench: Bench) -> None:
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
        with bench.reader() as reader:
            reader.graph_edges()
            assert gc.isenabled()

    # ------------------------------------------------------------ vectors

    def test_vectors_belong_to_models_projects_and_texts(self, bench: Bench) -> None:
        one = [Embedding("p", "h", b"1"), Embedding("q", "h", b"2"), Embedding("p", "i", b"")]
        bench.write(lambda unit: unit.put_embeddings("m", one))
        bench.write(lambda unit: unit.put_embeddings("other", [Embedding("p", "h", b"3")]))
        bench.write(lambda unit: unit.put_embeddings("m", [Embedding("p", "h", b"later"), Embedding("r", "j", b"4")]))
        with bench.reader() as reader:
            keys = [("p", "h"), ("q", "h"), ("p", "i"), ("q", "i"), ("r", "j")]
            assert reader.embeddings("m", keys) == {
                ("p", "h"): b"1", ("q", "h"): b"2", ("p", "i"): b"", ("r", "j"): b"4",
            }  # fmt: skip
            assert reader.embeddings("other", keys) == {("p", "h"): b"3"}
            assert reader.embeddings("m", []) == reader.embeddings("none", keys) == {}

    def test_an_older_version_is_passed_over(self, bench: Bench) -> None:
        bench.add(new_task("t"))
        for version, digest, kept in ((3, "a", 3), (2, "b", 3), (3, "c", 3), (4, "d", 4), (1, "a", 4)):
            mark = VectorMark("t", version, "p", digest)
            bench.write(lambda unit, mark=mark: unit.put_embeddings("m", [Embedding("p", mark[3], mark[3].encode())]))
            bench.write(lambda unit, mark=mark: unit.put_vector_marks("m", [mark]))
            with bench.reader() as reader:
                assert reader.vector_versions("m") == {"t": kept}
                (found,) = reader.task_vectors("m")
            assert found == TaskVector("t", kept, {2: b"a", 3: b"c" if digest == "c" else b"a", 4: b"d"}[kept])

    def test_marks_without_a_task_or_a_vector_show_nothing(self, bench: Bench) -> None:
        bench.add(new_task("t"))
        marks = [VectorMark("t", 1, "p", "absent"), VectorMark("none", 1, "p", "h")]
        bench.write(lambda unit: unit.put_embeddings("m", [Embedding("p", "h", b"1")]))
        bench.write(lambda unit: unit.put_vector_marks("m", marks))
        with bench.reader() as reader:
            assert list(reader.task_vectors("m")) == list(reader.task_vectors("m", ids=["t", "none"])) == []
            assert reader.vector_versions("m") == reader.vector_versions("m", ["t", "none"]) == {"t": 1}

    def test_tasks_of_one_text_share_a_vector(self, bench: Bench) -> None:
        bench.add(new_task("a"), new_task("b"))
        bench.write(lambda unit: unit.put_embeddings("m", [Embedding("p", "h", b"1")]))
        bench.write(lambda unit: unit.put_vector_marks("m", [VectorMark(one, 2, "p", "h") for one in "ab"]))
        with bench.reader() as reader:
            assert list(reader.task_vectors("m")) == [TaskVector("a", 2, b"1"), TaskVector("b", 2, b"1")]

    @pytest.mark.parametrize("query", FILTERS, ids=str)
    @pytest.mark.parametrize("some", [3, 120], ids=["few", "most"])
    def test_vectors_of_those_that_fit(self, bench: Bench, query: TaskQuery, some: int) -> None:
        rows = random_rows(120)
        bench.add_records(rows)
        names = [task.task_id for task, _ in rows]
        keep(bench, "m", *names[:90])
        fitting = {task.task_id for task, _ in rows if task.deleted_at is None} & set(expected(rows, query))
        wanted = sorted(fitting & set(names[:90]))
        assert vectors(bench, query=query) == wanted
        assert vectors(bench, query=query, ids=names[:some]) == [one for one in wanted if one in names[:some]]
        assert vectors(bench, "other", query=query) == vectors(bench, query=query, ids=[]) == []

    def test_deleted_tasks_keep_their_vectors_unseen(self, bench: Bench) -> None:
        task = new_task("t")
        bench.add(task, new_task("u"))
        keep(bench, "m", "t", "u")
        gone = bench.update(task, deleted_at=Micros(1))
        assert vectors(bench) == vectors(bench, ids=["t", "u"]) == vectors(bench, query=TaskQuery(open=True)) == ["u"]
        with bench.reader() as reader:
            assert reader.vector_versions("m", ["t", "none"]) == {"t": 1}
            assert reader.vector_versions("m") == {"t": 1, "u": 1}
        bench.update(gone, deleted_at=None)
        assert vectors(bench) == ["t", "u"]

    def test_pruning_forgets_what_nobody_has(self, bench: Bench) -> None:
        bench.add(*map(new_task, ("t", "u", "gone")))
        keep(bench, "m", "t", "u", "gone")
        keep(bench, "other", "t", "u")
        bench.write(lambda unit: unit.put_vector_marks("m", [VectorMark("u", 2, "p", "hash t")]))
        bench.update(new_task("gone"), deleted_at=Micros(1))
        assert bench.write(lambda unit: unit.prune_vectors("m")) == 4
        with bench.reader() as reader:
            keys = [("p", f"hash {one}") for one in ("t", "u", "gone")]
            assert list(reader.embeddings("m", keys)) == keys[:1]
            assert (reader.embeddings("other", keys), reader.vector_versions("other")) == ({}, {})
            assert reader.vector_versions("m") == {"t": 1, "u": 2}
            assert [one.task_id for one in reader.task_vectors("m")] == ["t", "u"]
        assert bench.write(lambda unit: unit.prune_vectors("m")) == 0
        assert bench.write(lambda unit: unit.prune_vectors("none")) == 1
        assert vectors(bench) == []

    # ------------------------------------------------------------ memos

    @pytest.mark.parametrize("value", VALUES, ids=repr)
    def test_memos_come_back(self, bench: Bench, value: Any) -> None:
        bench.write(lambda unit: unit.put_memos("s", {"": value, "odd key\x00 é": "x", "b": 1}))
        with bench.reader() as reader:
            found = reader.memos("s")
            assert found == {"": value, "b": 1, "odd key\x00 é": "x"}
            assert type(found[""]) is type(value)
            assert list(found) == sorted(found)
            assert reader.memos("none") == {}

    def test_memos_are_replaced_and_forgotten(self, bench: Bench) -> None:
        bench.write(lambda unit: unit.put_memos("s", {"a": 1, "b": {"x": 1}, "c": 3}))
        bench.write(lambda unit: unit.put_memos("other", {"a": "theirs"}))
        bench.write(lambda unit: unit.put_memos("s", {"a": None, "b": 2, "never": None}))
        with bench.reader() as reader:
            assert reader.memos("s") == {"b": 2, "c": 3}
            assert reader.memos("other") == {"a": "theirs"}

    def test_memos_are_not_live(self, bench: Bench) -> None:
        value = {"a": [1]}
        bench.write(lambda unit: unit.put_memos("s", {"k": value}))
        value["a"].append(2)
        for _ in range(2):
            with bench.reader() as reader:
                found = reader.memos("s")
            assert found == {"k": {"a": [1]}}
            found["k"]["a"].append(3)

    @pytest.mark.parametrize("memos", [{"k": "\ud800"}, {"\ud800": 1}, {"k": float("nan")}], ids=repr)
    def test_what_is_no_text_is_refused(self, bench: Bench, memos: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"surrogates|JSON"):
            bench.write(lambda unit: unit.put_memos("s", {"before": 1, **memos}))
        with bench.reader() as reader:
            assert reader.memos("s") == {}

    # ------------------------------------------------------------ secrets

    def test_secrets_come_back_by_their_refs(self, bench: Bench) -> None:
        sealed = {"b": b"\x00\xff", "a": b"", "odd ref\x00 \u00e9": b"x" * 100_000}
        bench.write(lambda unit: unit.put_secrets(sealed))
        with bench.reader() as reader:
            assert reader.secrets() == sealed
            assert list(reader.secrets()) == sorted(sealed)
            assert reader.secrets(["b", "none", "b"]) == {"b": b"\x00\xff"}
            assert reader.secrets([]) == {}
            assert all(type(one) is bytes for one in reader.secrets().values())

    def test_secrets_are_replaced_and_forgotten(self, bench: Bench) -> None:
        bench.write(lambda unit: unit.put_secrets({"a": b"1", "b": b"2", "c": b"3"}))
        bench.write(lambda unit: unit.put_secrets({"a": None, "b": b"new", "never": None}))
        with bench.reader() as reader:
            assert reader.secrets() == {"b": b"new", "c": b"3"}

    # ------------------------------------------------------------ units

    def test_a_unit_sees_what_it_wrote(self, bench: Bench) -> None:
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
        furnish(bench)
        before = picture(bench)
        keep(bench, "m", "t")
        bench.write(every_helper)
        assert picture(bench) == before

    def test_the_position_is_the_last_line(self, bench: Bench) -> None:
        with bench.reader() as reader:
            assert reader.position() == 0
        furnish(bench)
        with bench.reader() as reader:
            assert reader.position() == [row.seq for row in reader.event_rows(EventQuery())][-1] == 2

    # ------------------------------------------------------------ care

    def test_tidying_up_changes_nothing(self, bench: Bench) -> None:
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
        figures = bench.storage.figures()
        assert set(figures) <= {"file", "log", "free"}
        assert all(isinstance(size, int) and size >= 0 for size in figures.values())
