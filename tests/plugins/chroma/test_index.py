"""What the index holds and answers, with the traps of the engine that it stands on."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plugins.chroma.support import DIMENSION, batch_of, exact, ids, matrix, name_of, opened, projected
from reliability.support.dose import DEEP, some
from vespera_core.errors import EngineFault, Unsupported
from vespera_core.model.query import TaskQuery
from vespera_core.ports.projection import Gone


def test_an_empty_index_answers(index: Any) -> None:
    assert index.nearest(matrix(1)[0], 5) == []
    assert (index.count(), index.versions(), index.holds(["a"]), index.check()) == (0, {}, {}, [])


@pytest.mark.parametrize("way", ["apply", "load"])
def test_the_nearest_come_first(index: Any, way: str) -> None:
    vectors = matrix(300)
    batch = batch_of(vectors)
    assert index.load(iter(batch)) == 300 if way == "load" else index.apply(batch, []) is None
    for asked in matrix(20, seed=2):
        found = index.nearest(asked, 10)
        assert ids(found) == exact(vectors, asked, 10)
        assert [one.likeness for one in found] == pytest.approx(sorted(vectors @ asked)[::-1][:10], abs=1e-5)
        assert {one.version for one in found} == {1}
    assert index.versions() == {name_of(number): 1 for number in range(300)}
    assert index.count() == 300
    assert index.check() == []


@pytest.mark.parametrize("limit", [1, 5, 12, 5000])
def test_limits(index: Any, limit: int) -> None:
    vectors = matrix(12)
    index.apply(batch_of(vectors), [])
    assert ids(index.nearest(vectors[3], limit)) == exact(vectors, vectors[3], limit)
    assert index.nearest(vectors[3], 0) == []


def test_equal_ones_come_by_id(index: Any) -> None:
    vectors = np.concatenate([np.repeat(matrix(1), 60, axis=0), matrix(40, seed=3)])
    index.apply([projected(number, vectors[number]) for number in reversed(range(100))], [])
    assert ids(index.nearest(vectors[0], 7)) == [name_of(number) for number in range(7)]


def test_what_the_model_does_not_recognise_is_like_nothing(index: Any) -> None:
    index.apply(batch_of(matrix(5)), [])
    assert index.nearest(np.zeros(DIMENSION, dtype=np.float32), 5) == []


def test_applying_again_changes_nothing(index: Any) -> None:
    vectors = matrix(20)
    for _ in range(3):
        index.apply(batch_of(vectors), [Gone("p-99999", 4)])
    assert index.count() == 20
    assert ids(index.nearest(vectors[0], 20)) == exact(vectors, vectors[0], 20)


def test_a_newer_version_takes_the_place_of_the_older(index: Any) -> None:
    vectors = matrix(20)
    index.apply(batch_of(vectors), [])
    index.apply([projected(0, vectors[7], version=2)], [])
    found = index.nearest(vectors[7], 2)
    assert [(one.task_id, one.version) for one in found] == [("p-00000", 2), ("p-00007", 1)]
    assert found[0].likeness == pytest.approx(1.0, abs=1e-5)
    assert index.check() == []


def test_an_older_version_overwrites_nothing(index: Any, folder: Path) -> None:
    vectors = matrix(3)
    index.apply([projected(0, vectors[0], version=5), projected(1, None, version=5)], [])
    index.apply([projected(0, vectors[1], version=4), projected(1, vectors[1], version=4)], [Gone("p-00000", 4)])
    assert index.versions() == {"p-00000": 5, "p-00001": 5}
    index.close()
    again = opened(folder)
    again.apply([projected(0, vectors[1], version=4)], [Gone("p-00001", 3)])
    assert again.versions() == {"p-00000": 5, "p-00001": 5}
    assert again.nearest(vectors[0], 1)[0].likeness == pytest.approx(1.0, abs=1e-5)
    again.close()


def test_gone_tasks_are_gone(index: Any) -> None:
    vectors = matrix(10)
    index.apply([*batch_of(vectors), projected(10, None)], [])
    index.apply([], [Gone("p-00002", 2), Gone("p-00010", 1), Gone("nobody", 1)])
    assert sorted(index.versions()) == [name_of(number) for number in range(10) if number != 2]
    assert "p-00002" not in ids(index.nearest(vectors[2], 10))
    assert index.holds(["p-00002", "p-00003"]) == {"p-00003": 1}


def test_values_that_are_unset_are_forgotten(index: Any) -> None:
    """The engine merges: what it is not told of stays."""
    vector = matrix(1)[0]
    index.apply([projected(0, vector, role="dev", assignee="ann", parent_id="p-9", tags=("a", "b"))], [])
    whole = TaskQuery(role="dev", assignee="ann", parent_id="p-9", tags=("b", "a"))
    assert ids(index.nearest(vector, 1, whole)) == ["p-00000"]
    index.apply([projected(0, vector, version=2)], [])
    for scope in (TaskQuery(role="dev"), TaskQuery(assignee="ann"), TaskQuery(parent_id="p-9"), TaskQuery(tags=("a",))):
        assert index.nearest(vector, 1, scope) == []
    assert index.versions() == {"p-00000": 2}


def test_tasks_without_a_vector_are_held_and_not_found(index: Any, folder: Path) -> None:
    vectors = matrix(3)
    index.apply([projected(0, vectors[0]), projected(1, None), projected(2, None)], [])
    assert index.versions() == {"p-00000": 1, "p-00001": 1, "p-00002": 1}
    assert index.holds(["p-00001"]) == {"p-00001": 1}
    assert ids(index.nearest(vectors[0], 5)) == ["p-00000"]
    index.apply([projected(0, None, version=2), projected(1, vectors[1], version=2)], [])
    assert ids(index.nearest(vectors[0], 5)) == ["p-00001"]
    index.close()
    again = opened(folder)
    assert again.versions() == {"p-00000": 2, "p-00001": 2, "p-00002": 1}
    assert again.count() == 3
    again.close()


@pytest.mark.parametrize("way", some("chroma at once", ["apply", "load"], 1))
def test_more_than_the_engine_takes_at_once(index: Any, way: str) -> None:
    vectors = matrix(5_600, dimension=DIMENSION)
    batch = batch_of(vectors)
    assert index.load(iter(batch)) == 5_600 if way == "load" else index.apply(batch, []) is None
    assert len(index.versions()) == index.count() == 5_600


def test_a_filled_index_takes_a_load_as_changes(index: Any) -> None:
    vectors = matrix(30)
    index.load(iter(batch_of(vectors[:20])))
    assert index.load(iter(batch_of(vectors, version=2))) == 30
    assert set(index.versions().values()) == {2}
    assert len(index.versions()) == 30


def test_changes_after_a_load_are_there_when_opened_again(index: Any, folder: Path) -> None:
    vectors = matrix(200)
    index.load(iter(batch_of(vectors[:150])))
    index.apply(batch_of(vectors)[150:], [])
    index.apply([projected(0, vectors[1], version=2)], [Gone("p-00005", 2)])
    index.close()
    again = opened(folder)
    wanted = {name_of(number): 1 for number in range(200) if number != 5} | {"p-00000": 2}
    assert again.versions() == wanted
    assert ids(again.nearest(vectors[199], 1)) == ["p-00199"]
    assert ids(again.nearest(vectors[1], 2)) == ["p-00000", "p-00001"]
    assert again.check() == []
    again.close()


# ---------------------------------------------------------------- filters


FILTERS = [
    TaskQuery(projects=("p", "q")),
    TaskQuery(projects=("q",)),
    TaskQuery(projects=()),
    TaskQuery(without_projects=("p", "none")),
    TaskQuery(statuses=("pending",)),
    TaskQuery(statuses=("completed", "blocked")),
    TaskQuery(types=("bug",), priorities=("high", "low")),
    TaskQuery(role="dev"),
    TaskQuery(without_roles=("dev", "none")),
    TaskQuery(without_roles=("none",)),
    TaskQuery(assignee="ann"),
    TaskQuery(parent_id="p-00001"),
    TaskQuery(open=True),
    TaskQuery(open=False),
    TaskQuery(tags=("red",)),
    TaskQuery(tags=("red", "a b"), open=True),
    TaskQuery(deleted=True),
    TaskQuery(projects=("p", "r"), without_projects=("r",), open=True, role="dev", types=("task", "bug")),
]


def various(vectors: Any) -> list[Any]:
    """Tasks of every kind, side by side."""
    return [
        projected(
            number,
            vector,
            project_id="pqr"[number % 3],
            status=("pending", "completed", "blocked")[number % 4 % 3],
            closed_at=1 if number % 4 == 1 else None,
            type=("task", "bug")[number % 5 == 0],
            priority=("high", "normal", "low")[number // 2 % 3],
            role="dev" if number % 2 else None,
            assignee="ann" if number % 7 == 0 else None,
            parent_id="p-00001" if number % 11 == 0 else None,
            tags=((), ("redder", "red"), ("red", "a b"))[number % 3],
        )
        for number, vector in enumerate(vectors)
    ]


@pytest.mark.parametrize("scope", FILTERS, ids=str)
def test_filters(index: Any, scope: TaskQuery) -> None:
    from vespera_core.builtin.memory.selection import matches
    from vespera_core.model.readiness import readiness_of

    vectors = matrix(120)
    tasks = various(vectors)
    index.apply(tasks, [])
    fitting = [
        number for number, one in enumerate(tasks) if matches(scope, one.task, readiness_of(one.task, one.category))
    ]
    likeness = vectors @ vectors[0]
    wanted = [name_of(number) for number in sorted(fitting, key=lambda number: -likeness[number])]
    assert ids(index.nearest(vectors[0], 200, scope)) == wanted
    assert ids(index.nearest(vectors[0], 3, scope)) == wanted[:3]


@pytest.mark.parametrize(
    "scope",
    [TaskQuery(ready_at=1), TaskQuery(waiting_at=1), TaskQuery(held_at=1),
     TaskQuery(projects=tuple(map(str, range(501))))],
    ids=["ready", "waiting", "held", "many"],
)  # fmt: skip
def test_filters_beyond_it_are_refused(index: Any, scope: TaskQuery) -> None:
    with pytest.raises(Unsupported):
        index.nearest(matrix(1)[0], 5, scope)


def test_among_ids(index: Any) -> None:
    vectors = matrix(300)
    index.apply(batch_of(vectors), [])
    chosen = [name_of(number) for number in range(0, 300, 7)]
    found = index.nearest(vectors[0], 10, among={*chosen, "unknown"})
    assert ids(found) == [one for one in exact(vectors, vectors[0], 300) if one in chosen][:10]
    assert index.nearest(vectors[0], 10, among=()) == index.nearest(vectors[0], 10, among=["unknown"]) == []
    with pytest.raises(Unsupported):
        index.nearest(vectors[0], 10, among=list(map(str, range(2_001))))


def test_words_of_any_kind_are_data(index: Any) -> None:
    vector = matrix(1)[0]
    odd = "a'; DROP TABLE x; --\u2028 ü $ne 漢"
    task = projected(0, vector, role=odd, assignee=odd, project_id="ü-1")
    index.apply([task], [])
    assert ids(index.nearest(vector, 1, TaskQuery(role=odd, assignee=odd, projects=("ü-1",)))) == ["p-00000"]
    assert index.versions() == {"p-00000": 1}


# ---------------------------------------------------------------- faults


def test_a_vector_that_cannot_be_kept_is_named(index: Any) -> None:
    with pytest.raises(EngineFault, match="p-00001 has 8 numbers, not 32"):
        index.apply([projected(0, matrix(1)[0]), projected(1, matrix(1, dimension=8)[0])], [])
    with pytest.raises(EngineFault, match="p-00001 holds something"):
        index.apply([projected(1, matrix(1)[0] * np.float32("nan"))], [])
    index.apply([projected(0, matrix(1)[0])], [])
    assert index.versions() == {"p-00000": 1}


def test_a_closed_index_says_so(index: Any) -> None:
    index.apply(batch_of(matrix(3)), [])
    index.close()
    index.close()
    for ask in (index.versions, index.count, lambda: index.apply(batch_of(matrix(4)), [])):
        with pytest.raises(EngineFault):
            ask()


def test_answers_can_be_sent(index: Any) -> None:
    index.apply(batch_of(matrix(5)), [])
    answers = (index.nearest(matrix(1)[0], 3), index.versions(), index.holds(["p-00001"]), index.check())
    assert pickle.loads(pickle.dumps(answers)) == answers


def test_recall(index: Any) -> None:
    count = 10_000 if DEEP else 3_000
    vectors = matrix(count, dimension=DIMENSION)
    index.load(iter(batch_of(vectors)))
    hits = 0
    for asked in matrix(200, seed=5):
        hits += len({*ids(index.nearest(asked, 10))} & {*exact(vectors, asked, 10)})
    assert hits / 2000 >= 0.99


def test_tasks_that_say_the_same_hide_nobody(index: Any) -> None:
    """As in real ledgers, where patrols and releases repeat: equal vectors must not fill each other's links."""
    vectors = matrix(2000, seed=8)
    for start, count in ((100, 266), (600, 165), (900, 40), (1000, 21)):
        vectors[start : start + count] = vectors[start]
    index.load(batch_of(vectors))
    assert [one.message for one in index.check() if one.severity == "damage"] == []
    for number in range(0, 2000, 40):
        likeness = vectors @ vectors[number]
        edge = np.sort(likeness)[-10] - 1e-5
        found = [int(one.task_id[2:]) for one in index.nearest(vectors[number], 10)]
        assert sum(likeness[one] >= edge for one in found) >= 9, number
