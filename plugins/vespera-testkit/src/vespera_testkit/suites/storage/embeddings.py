"""The contract of vectors: kept by model, project and text, tied to tasks by version, and narrowed by any filter."""

from __future__ import annotations

from typing import Any

import pytest

from vespera_core.model.basics import Micros
from vespera_core.model.query import TaskQuery
from vespera_core.ports.storage import Embedding, TaskVector, VectorMark
from vespera_testkit.suites.storage.queries import NOW, expected, random_rows
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.tasks import new_task

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


class EmbeddingRules:
    """What was made of texts is there for the tasks that have them."""

    def test_vectors_belong_to_models_projects_and_texts(self, bench: Bench) -> None:
        """A vector is kept by model, project and text; the first one for a text stays."""
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
        """A mark of an older version than the one that is kept changes nothing."""
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
        """A mark whose task or vector is not there gives no vector."""
        bench.add(new_task("t"))
        marks = [VectorMark("t", 1, "p", "absent"), VectorMark("none", 1, "p", "h")]
        bench.write(lambda unit: unit.put_embeddings("m", [Embedding("p", "h", b"1")]))
        bench.write(lambda unit: unit.put_vector_marks("m", marks))
        with bench.reader() as reader:
            assert list(reader.task_vectors("m")) == list(reader.task_vectors("m", ids=["t", "none"])) == []
            assert reader.vector_versions("m") == reader.vector_versions("m", ["t", "none"]) == {"t": 1}

    def test_tasks_of_one_text_share_a_vector(self, bench: Bench) -> None:
        """Two tasks of one text share its vector."""
        bench.add(new_task("a"), new_task("b"))
        bench.write(lambda unit: unit.put_embeddings("m", [Embedding("p", "h", b"1")]))
        bench.write(lambda unit: unit.put_vector_marks("m", [VectorMark(one, 2, "p", "h") for one in "ab"]))
        with bench.reader() as reader:
            assert list(reader.task_vectors("m")) == [TaskVector("a", 2, b"1"), TaskVector("b", 2, b"1")]

    @pytest.mark.parametrize("query", FILTERS, ids=str)
    @pytest.mark.parametrize("some", [3, 120], ids=["few", "most"])
    def test_vectors_of_those_that_fit(self, bench: Bench, query: TaskQuery, some: int) -> None:
        """Vectors are narrowed by every filter and by ids, and come by id, whether few are asked for or most."""
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
        """The vector of a deleted task is not given out, and is there again when the task comes back."""
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
        """Pruning forgets other models, marks of deleted tasks and texts that nobody has, and says how much went."""
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
