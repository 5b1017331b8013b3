"""The suite of vector indexes: they rank as comparing every vector would, and answer with what is there and fits.

One that is a `Projection` is fed here as the core feeds it; one that reads the primary store needs no feeding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.app.application import Vespera
from vespera_core.builtin.memory.selection import fits
from vespera_core.errors import Unsupported
from vespera_core.model.query import TaskQuery
from vespera_core.ports.capabilities import APPROXIMATE, DIRECT, DURABLE, FILTERS
from vespera_core.ports.projection import Projection
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.vectors import VectorIndex
from vespera_testkit.conformance import Conformance, requires, without
from vespera_testkit.profiles import Profile
from vespera_testkit.suites.filters import SCOPES, every_filter, is_among, wishes
from vespera_testkit.world.clock import FakeClock
from vespera_testkit.world.handle import Handle
from vespera_testkit.world.ledgers import STORES, Ledgers
from vespera_testkit.world.places import settings_for
from vespera_testkit.world.subject import DIMENSION, MODEL, Subject, unit_vectors

if TYPE_CHECKING:
    from vespera_core.ports.embedder import Matrix

SubjectOf = Callable[[Vespera], Subject]

VERBS = ("add", "add", "change", "delete", "restore", "reopen", "crash", "again")
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 11)), min_size=1, max_size=20)
"""Random work: what is done, and to which of twelve tasks."""


class VectorConformance(Conformance):
    """What every vector index keeps.

    >>> class TestAcme(VectorConformance):  # doctest: +SKIP
    ...     provider = "acme"
    """

    kind: ClassVar[str] = "vectors"
    recall: ClassVar[float] = 0.95
    """The least share of the true nearest that one finds which declares ``approximate``; for others it is all."""

    @pytest.fixture
    def ledgers(self, vespera_template: Path, vespera_scratch: Path) -> Iterator[Ledgers]:
        """Makes ledgers."""
        made = Ledgers(vespera_template, vespera_scratch, FakeClock())
        yield made
        made.close()

    @pytest.fixture
    def subject_of(self, tmp_path: Path, settings: dict[str, Any]) -> Iterator[SubjectOf]:
        """Makes empty indexes beside ledgers, and closes them in the end, twice."""
        made: list[Subject] = []

        def make(ledger: Vespera) -> Subject:
            store = None if self.offer().item.isolated else ledger.kernel.storage
            context = OpenContext(
                None, ledger.kernel.clock, store, name=f"conformance-{len(made)}",
                dimension=DIMENSION, model=MODEL,
            )  # fmt: skip
            opening = partial(self.open_index, settings, context)
            made.append(Subject(ledger, Handle(opening, Path(mkdtemp(dir=tmp_path)))))
            return made[-1]

        yield make
        for subject in made:
            subject.handle.close()

    @pytest.fixture(params=STORES)
    def subject(self, request: pytest.FixtureRequest, ledgers: Ledgers, subject_of: SubjectOf) -> Subject:
        """An empty index beside a ledger with two projects, on each store."""
        ledger = ledgers.open(request.param)
        ledger.projects.create("two")
        return subject_of(ledger)

    def open_index(self, settings: dict[str, Any], context: OpenContext, folder: Path) -> VectorIndex:
        """The index of a folder, made where there is none."""
        provider = self.offer().item
        context = replace(context, folder=folder)
        full = settings_for(self.kind, provider, settings)
        provider.create(full, context)
        index: VectorIndex = provider.open(full, context)
        return index

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
        if not self.offers(APPROXIMATE):
            assert found == expected
        assert len(set(found) & set(expected)) >= self.recall * len(expected), "less was found than is promised"

    # ------------------------------------------------------------ ranking

    @pytest.mark.parametrize("limit", [1, 10, 120, 500])
    def test_the_nearest_are_found(self, filled: Subject, limit: int) -> None:
        """The nearest are found, best first, with their likeness and version; all of them, or the promised share.

        If this fails: likeness is the inner product, up to 1e-4; an approximate engine may have to look at more
        candidates.
        """
        for vector in unit_vectors(10, seed=1):
            found = filled.index.nearest(vector, limit)
            self.agree([one.task_id for one in found], filled.expected(vector)[:limit])
            for one in found:
                assert one.likeness == pytest.approx(float(filled.vectors[one.task_id] @ vector), abs=1e-4)
                assert one.version == 1
            assert [one.likeness for one in found] == sorted((one.likeness for one in found), reverse=True)

    def test_equal_ones_come_by_id(self, subject: Subject) -> None:
        """Tasks that are equally near come by id."""
        near, far = unit_vectors(2)
        for name in ("cx", "az", "dw", "by"):
            subject.add(f"t-{name}", near)
        subject.add("t-0", far)
        assert subject.found(near, 3) == ["t-az", "t-by", "t-cx"]

    def test_nothing_comes_of_nothing(self, subject: Subject) -> None:
        """An empty index, a limit of 0 and an empty choice give nothing, and no fault."""
        (vector,) = unit_vectors(1)
        assert subject.index.nearest(vector, 10) == []
        assert subject.index.count() == 0
        assert subject.index.holds(["t-1"]) == {}
        subject.add("t-1", vector)
        assert subject.index.nearest(vector, 0) == []
        assert subject.found(vector, 10, among=()) == []

    # ------------------------------------------------------------ filters

    def kept_to(self, filled: Subject, scope: TaskQuery, right: list[str], limit: int) -> bool:
        """Whether a filter was kept to: the alternative is to refuse it, which only some may."""
        (vector,) = unit_vectors(1, seed=3)
        found = self.asked(filled, vector, limit, scope)
        if found is None:
            return False
        self.agree(found, right[:limit])
        return True

    def asked(self, filled: Subject, vector: Matrix, limit: int, scope: TaskQuery) -> list[str] | None:
        """What an index answers; None where it refuses the filter, by the capability that it does not have."""
        try:
            return filled.found(vector, limit, scope=scope)
        except Unsupported as refusal:
            if self.offers(FILTERS) or refusal.details.get("capability") != FILTERS:
                raise
            return None

    @pytest.mark.parametrize("scope", SCOPES, ids=wishes)
    def test_a_filter_is_kept_to_or_refused(self, filled: Subject, scope: TaskQuery) -> None:
        """Whatever it answers fits, and nothing that fits and is near is left out."""
        (vector,) = unit_vectors(1, seed=3)
        right = filled.expected(vector, lambda task: fits(scope, task))
        if self.kept_to(filled, scope, right, 7):
            assert self.kept_to(filled, scope, right, 500)

    def test_every_filter_that_there_is_is_kept_to_or_refused(self, filled: Subject) -> None:
        """Those that the ledger learns later, too: one that is not known is refused and never passed over."""
        (vector,) = unit_vectors(1, seed=3)
        for name, value in every_filter():
            scope = TaskQuery(**{name: value})
            with filled.ledger.kernel.storage.read() as reader:
                fitting = set(() if scope.deleted else reader.ids(scope))
            right = filled.expected(vector, partial(is_among, fitting))
            self.kept_to(filled, scope, right, 500)

    @without(FILTERS)
    def test_some_filter_is_refused(self, filled: Subject) -> None:
        """One that applies them all says so, and is then never passed over."""
        (vector,) = unit_vectors(1)
        answers = [self.asked(filled, vector, 5, TaskQuery(**{name: value})) for name, value in every_filter()]
        assert None in answers, "it applies every filter: let it declare the capability"

    def test_some_are_asked_for_by_name(self, filled: Subject) -> None:
        """`among` narrows to some ids, beside a filter too, and unknown ids are passed over."""
        (vector,) = unit_vectors(1, seed=3)
        among = [f"t-{number:03d}" for number in range(0, 120, 9)] + ["nobody"]
        right = filled.expected(vector, lambda task: task.task_id in among)
        self.agree(filled.found(vector, 5, among=among), right[:5])
        scope = TaskQuery(open=True)
        both = filled.expected(vector, lambda task: task.task_id in among and task.closed_at is None)
        self.agree(filled.found(vector, 50, scope=scope, among=among), both)

    def test_deleted_tasks_are_not_asked_for(self, filled: Subject) -> None:
        """A query for deleted tasks finds nothing, or is refused."""
        self.kept_to(filled, TaskQuery(deleted=True), [], 10)

    # ------------------------------------------------------------ change

    def test_what_is_held_is_told(self, filled: Subject) -> None:
        """`count` and `holds` say what is held, and in which version."""
        assert filled.index.count() == 120
        assert filled.index.holds(["t-003", "nobody", "t-100"]) == {"t-003": 1, "t-100": 1}

    def test_a_new_vector_takes_the_place_of_the_old_one(self, filled: Subject) -> None:
        """A task has one vector, that of its latest version."""
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
        """A deleted task is found no more and held no more, and is there again when it comes back."""
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
        """A filter sees a field as it is now.

        If this fails: fields are kept beside the vectors; write them at each `apply`, also where the vector is the
        same.
        """
        (vector,) = unit_vectors(1)
        scope = TaskQuery(types=("chore",))
        assert filled.found(vector, 5, scope=scope) == []
        filled.ledger.tasks.update_task("t-001", type="chore")
        filled.mark({"t-001": filled.vectors["t-001"]})
        assert filled.found(vector, 5, scope=scope) == ["t-001"]

    def test_many_changes_leave_the_same_index_as_a_fresh_one(self, filled: Subject) -> None:
        """After many changes it ranks as if it had been made of what is there now."""
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

    @pytest.fixture
    def alone(self, subject_of: SubjectOf) -> Iterator[Callable[[], Subject]]:
        """Makes indexes beside ledgers of their own, in memory."""
        opened: list[Vespera] = []

        def make() -> Subject:
            opened.append(Vespera.in_memory(actor="ann", clock=FakeClock()))
            return subject_of(opened[-1])

        yield make
        for ledger in opened:
            ledger.close()

    def test_random_work_leaves_what_it_should(self, alone: Callable[[], Subject], profile: Profile) -> None:
        """After each step the index ranks as brute force does, holds what it should, and nothing else."""

        @profile.settings(share=0.25)  # type: ignore[untyped-decorator]
        @given(steps=STEPS)
        def work(steps: list[tuple[str, int]]) -> None:
            subject, fresh = alone(), iter(unit_vectors(100, seed=6))
            for verb, number in steps:
                self.step(subject, verb, f"t-{number:02d}", next(fresh))
                vector = next(fresh)
                self.agree(subject.found(vector, 50), subject.expected(vector))
            live = subject.live()
            assert subject.index.count() == len(live)
            assert subject.index.holds([*live, "nobody"]) == live
            subject.handle.close()

        work()

    def step(self, subject: Subject, verb: str, task_id: str, vector: Any) -> None:
        """Do something to a task, where it can be done."""
        task = subject.tasks([task_id]).get(task_id)
        state = "none" if task is None else "live" if task.deleted_at is None else "gone"
        if verb == "reopen":
            subject.handle.reopen()
        elif verb == "crash":
            subject.handle.crash()
        elif verb == "again" and state == "live":
            subject.feed([task_id])
        elif verb == "add" and state == "none":
            subject.add(task_id, vector)
        elif verb == "change" and state == "live":
            subject.ledger.tasks.update_task(task_id, notes=f"moved to {vector[0]}")
            subject.mark({task_id: vector})
        elif verb == "delete" and state == "live":
            subject.ledger.tasks.delete_task(task_id)
            subject.feed([task_id])
        elif verb == "restore" and state == "gone":
            subject.ledger.tasks.restore_task(task_id)
            subject.mark({task_id: vector})

    # ------------------------------------------------------------ keeping

    @requires(DURABLE)
    def test_it_is_there_when_it_is_opened_again(self, filled: Subject) -> None:
        """What `apply` was given is in the folder when it returns: nothing waits for `close`.

        If this fails: flush within `apply`; a kill may come right after it, and the core will not repeat the batch.
        """
        (vector,) = unit_vectors(1, seed=4)
        before = filled.index.nearest(vector, 500)
        for again in (filled.handle.reopen, filled.handle.crash):
            again()
            assert filled.index.count() == 120
            assert filled.index.nearest(vector, 500) == before
            filled.ledger.tasks.update_task("t-050", notes="changed")
            filled.mark({"t-050": filled.vectors["t-050"]})
            before = filled.index.nearest(vector, 500)

    @requires(DURABLE)
    def test_a_durable_one_is_fed(self, subject: Subject) -> None:
        """One that is durable is a `Projection` that asks for vectors."""
        assert isinstance(subject.index, Projection)
        assert subject.index.needs_vectors

    @requires(DIRECT)
    def test_a_direct_one_is_not_fed(self, subject: Subject) -> None:
        """One that is direct is no `Projection`."""
        assert not isinstance(subject.index, Projection)

    def test_it_is_durable_or_direct(self) -> None:
        """The core must know whether to feed it."""
        assert self.offers(DURABLE) != self.offers(DIRECT)

    def test_threads_get_whole_answers(self, filled: Subject) -> None:
        """Several ask while the index is fed."""
        vectors = unit_vectors(40, seed=7)
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(filled.index.nearest, vector, 20) for vector in vectors]
            filled.feed([f"t-{number:03d}" for number in range(120)])
            answers = [[one.task_id for one in answer.result()] for answer in asked]
        for vector, found in zip(vectors, answers, strict=True):
            self.agree(found, filled.expected(vector)[:20])
