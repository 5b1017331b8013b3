"""The contract of vector indexes: they rank as comparing every vector would, and answer with what is there and fits.

An index under test subclasses `VectorContract` and opens itself in `open_index`. One that is a `Projection` is fed here
as the core feeds it; one that reads the primary store needs no feeding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from conformance.contract_queries import CHOICES
from conformance.support import STORES, Ledgers
from vespera_core.app.application import Vespera
from vespera_core.builtin.memory.selection import fits
from vespera_core.errors import Unsupported
from vespera_core.model.query import TaskQuery
from vespera_core.model.task import Task
from vespera_core.ports.projection import Gone, Projected, Projection
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Embedding, VectorMark
from vespera_core.ports.vectors import VectorIndex

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

MODEL = "contract@1"
DIMENSION = 32


def unit_vectors(count: int, seed: int = 0) -> Matrix:
    """Vectors of length 1, always the same."""
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Subject:
    """An index beside a ledger whose tasks it ranks; what the ledger has, and with which vectors, is known here too."""

    def __init__(self, ledger: Vespera, index: VectorIndex) -> None:
        self.ledger = ledger
        self.index = index
        self.vectors: dict[str, Matrix] = {}

    def add(self, task_id: str, vector: Matrix, **fields: Any) -> None:
        """Make a task and give it a vector."""
        self.ledger.tasks.create_task(f"Task {task_id}", task_id=task_id, **fields)
        self.mark({task_id: vector})

    def mark(self, vectors: dict[str, Matrix]) -> None:
        """Write vectors of the present versions, as the core does after the event; then feed the index."""
        rows = self.tasks(vectors)
        marks = [VectorMark(one, rows[one].version, rows[one].project_id, f"{one}-{rows[one].version}") for one in rows]
        kept = [Embedding(mark.project_id, mark.content_hash, vectors[mark.task_id].tobytes()) for mark in marks]
        self.vectors |= vectors

        def work(unit: Any) -> None:
            unit.put_embeddings(MODEL, kept)
            unit.put_vector_marks(MODEL, marks)

        self.ledger.kernel.storage.write(work)
        self.feed(list(vectors))

    def feed(self, ids: Sequence[str]) -> None:
        """Tell an index that keeps files of its own how these tasks stand."""
        if isinstance(self.index, Projection):
            rows = self.tasks(ids)
            live = [task for task in rows.values() if task.deleted_at is None]
            with self.ledger.kernel.storage.read() as reader:
                categories = {node.task_id: node.category for node in reader.graph_nodes(ids)}
            self.index.apply(
                [Projected(task, categories[task.task_id], self.vectors[task.task_id].tobytes()) for task in live],
                [Gone(task.task_id, task.version) for task in rows.values() if task.deleted_at is not None],
            )

    def tasks(self, ids: Any) -> dict[str, Task]:
        """Rows by id."""
        with self.ledger.kernel.storage.read() as reader:
            return reader.tasks(list(ids))

    def expected(self, vector: Matrix, fit: Callable[[Task], bool] = lambda _: True) -> list[str]:
        """What comparing every vector of a live task that fits gives, best first."""
        live = [one for one in self.tasks(self.vectors).values() if one.deleted_at is None and fit(one)]
        return sorted(
            (one.task_id for one in live), key=lambda one: (-round(float(self.vectors[one] @ vector), 6), one)
        )

    def found(self, vector: Matrix, limit: int, **narrowed: Any) -> list[str]:
        """Ids that the index answers with."""
        return [one.task_id for one in self.index.nearest(vector, limit, **narrowed)]


def wishes(scope: TaskQuery) -> str:
    """A test id: what a query asks for."""
    asked = {name: getattr(scope, name) for name in scope.__dataclass_fields__}
    return ",".join(f"{name}={value}" for name, value in asked.items() if value != getattr(TaskQuery(), name))


class VectorContract:
    """What every index keeps."""

    recall: ClassVar[float] = 1.0
    """The least share of the true nearest that is found; 1 also holds the index to their order."""

    def open_index(self, ledger: Vespera, context: OpenContext) -> VectorIndex:
        """The index under test, empty, on a folder of its own."""
        raise NotImplementedError

    @pytest.fixture(params=STORES)
    def subject(self, request: pytest.FixtureRequest, ledgers: Ledgers, tmp_path: Path) -> Iterator[Subject]:
        ledger = ledgers.open(request.param)
        ledger.projects.create("two")
        context = OpenContext(
            tmp_path, ledger.kernel.clock, ledger.kernel.storage, name="contract", dimension=DIMENSION, model=MODEL
        )
        index = self.open_index(ledger, context)
        yield Subject(ledger, index)
        index.close()
        index.close()

    @pytest.fixture
    def filled(self, subject: Subject) -> Subject:
        """A hundred and twenty tasks of two projects, of which some are closed, tagged, assigned or bugs."""
        vectors = unit_vectors(120)
        for number in range(120):
            subject.ledger.tasks.create_task(
                f"Task {number}", task_id=f"t-{number:03d}", project_id="two" if number % 7 == 0 else None,
                status="completed" if number % 3 == 0 else "pending", type="bug" if number % 5 == 0 else "task",
                priority="high" if number % 4 == 0 else "low", tags=("red",) if number % 2 else ("red", "blue"),
                assignee="bob" if number % 11 == 0 else None, role="dev" if number % 13 == 0 else None,
            )  # fmt: skip
        subject.mark({f"t-{number:03d}": vectors[number] for number in range(120)})
        return subject

    def agree(self, found: list[str], expected: list[str]) -> None:
        """Hold what was found against what is right."""
        assert len(found) == len(set(found)) == len(expected)
        if self.recall == 1:
            assert found == expected
        assert len(set(found) & set(expected)) >= self.recall * len(expected)

    # ------------------------------------------------------------ ranking

    @pytest.mark.parametrize("limit", [1, 10, 120, 500])
    def test_the_nearest_are_found(self, filled: Subject, limit: int) -> None:
        for vector in unit_vectors(10, seed=1):
            found = filled.index.nearest(vector, limit)
            self.agree([one.task_id for one in found], filled.expected(vector)[:limit])
            for one in found:
                assert one.likeness == pytest.approx(float(filled.vectors[one.task_id] @ vector), abs=1e-4)
                assert one.version == 1
            assert [one.likeness for one in found] == sorted((one.likeness for one in found), reverse=True)

    def test_equal_ones_come_by_id(self, subject: Subject) -> None:
        near, far = unit_vectors(2)
        for name in ("c", "a", "d", "b"):
            subject.add(f"t-{name}", near)
        subject.add("t-0", far)
        assert subject.found(near, 3) == ["t-a", "t-b", "t-c"]

    def test_nothing_comes_of_nothing(self, subject: Subject) -> None:
        (vector,) = unit_vectors(1)
        assert subject.index.nearest(vector, 10) == []
        assert subject.index.count() == 0
        assert subject.index.holds(["t-1"]) == {}
        subject.add("t-1", vector)
        assert subject.index.nearest(vector, 0) == []
        assert subject.found(vector, 10, among=()) == []

    # ------------------------------------------------------------ filters

    @pytest.mark.parametrize(
        "scope",
        [
            TaskQuery(projects=("two",)),
            TaskQuery(without_projects=("two",)),
            TaskQuery(open=True),
            TaskQuery(open=False, types=("bug",)),
            TaskQuery(statuses=("pending",), priorities=("high", "normal")),
            TaskQuery(tags=("red", "blue")),
            TaskQuery(assignee="bob"),
            TaskQuery(role="dev", projects=("mem", "two")),
            TaskQuery(without_roles=("dev", "none")),
            TaskQuery(projects=()),
            TaskQuery(types=("nothing-is-of-this-type",)),
            TaskQuery(limit=1, sort="title"),
        ],
        ids=wishes,
    )
    def test_a_filter_is_kept_to(self, filled: Subject, scope: TaskQuery) -> None:
        for vector in unit_vectors(4, seed=2):
            right = filled.expected(vector, lambda task: fits(scope, task))
            self.agree(filled.found(vector, 7, scope=scope), right[:7])
            self.agree(filled.found(vector, 500, scope=scope), right)

    def test_every_filter_that_there_is_is_kept_to_or_refused(self, filled: Subject) -> None:
        (vector,) = unit_vectors(1, seed=3)
        for name, value in ((name, value) for name, values in CHOICES.items() for value in values):
            scope = TaskQuery(**{name: value})
            with filled.ledger.kernel.storage.read() as reader:
                fitting = set(() if scope.deleted else reader.ids(scope))
            try:
                found = filled.found(vector, 500, scope=scope)
            except Unsupported:
                continue
            self.agree(found, filled.expected(vector, lambda task, fitting=fitting: task.task_id in fitting))

    def test_some_are_asked_for_by_name(self, filled: Subject) -> None:
        (vector,) = unit_vectors(1, seed=3)
        among = [f"t-{number:03d}" for number in range(0, 120, 9)] + ["nobody"]
        right = filled.expected(vector, lambda task: task.task_id in among)
        self.agree(filled.found(vector, 5, among=among), right[:5])
        scope = TaskQuery(open=True)
        both = filled.expected(vector, lambda task: task.task_id in among and task.closed_at is None)
        self.agree(filled.found(vector, 50, scope=scope, among=among), both)

    def test_deleted_tasks_are_not_asked_for(self, filled: Subject) -> None:
        (vector,) = unit_vectors(1)
        assert filled.found(vector, 10, scope=TaskQuery(deleted=True)) == []

    # ------------------------------------------------------------ change

    def test_what_is_held_is_told(self, filled: Subject) -> None:
        assert filled.index.count() == 120
        assert filled.index.holds(["t-003", "nobody", "t-100"]) == {"t-003": 1, "t-100": 1}

    def test_a_new_vector_takes_the_place_of_the_old_one(self, filled: Subject) -> None:
        (vector,) = unit_vectors(1, seed=4)
        assert filled.found(vector, 1) != ["t-050"]
        filled.ledger.tasks.update_task("t-050", title="Another matter")
        filled.mark({"t-050": vector})
        first = filled.index.nearest(vector, 1)[0]
        assert (first.task_id, first.version) == ("t-050", 2)
        assert first.likeness == pytest.approx(1, abs=1e-4)
        assert filled.index.holds(["t-050"]) == {"t-050": 2}
        assert filled.index.count() == 120

    def test_deleted_tasks_vanish_and_come_back(self, filled: Subject) -> None:
        vector = filled.vectors["t-060"]
        assert filled.found(vector, 1) == ["t-060"]
        filled.ledger.tasks.delete_task("t-060")
        filled.feed(["t-060"])
        self.agree(filled.found(vector, 500), filled.expected(vector))
        assert filled.index.count() == 119
        assert filled.index.holds(["t-060"]) == {}
        filled.ledger.tasks.restore_task("t-060")
        filled.mark({"t-060": vector})
        assert filled.found(vector, 1) == ["t-060"]

    def test_a_change_of_a_filtered_field_is_seen(self, filled: Subject) -> None:
        (vector,) = unit_vectors(1)
        scope = TaskQuery(types=("chore",))
        assert filled.found(vector, 5, scope=scope) == []
        filled.ledger.tasks.update_task("t-001", type="chore")
        filled.mark({"t-001": filled.vectors["t-001"]})
        assert filled.found(vector, 5, scope=scope) == ["t-001"]

    def test_many_changes_leave_the_same_index_as_a_fresh_one(self, filled: Subject) -> None:
        fresh = unit_vectors(400, seed=5)
        for number in range(0, 120, 3):
            if number % 2:
                filled.ledger.tasks.delete_task(f"t-{number:03d}")
                filled.feed([f"t-{number:03d}"])
            else:
                filled.ledger.tasks.update_task(f"t-{number:03d}", notes="moved")
                filled.mark({f"t-{number:03d}": fresh[number]})
            filled.add(f"n-{number:03d}", fresh[number + 120])
            vector = fresh[number + 240]
            self.agree(filled.found(vector, 10), filled.expected(vector)[:10])
        assert filled.index.count() == len(filled.expected(fresh[0]))
