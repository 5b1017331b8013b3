"""The exact index: never stale, however and by whomever the store was written; and cheap where it can be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vespera_core.app.application import Vespera
from vespera_core.builtin.vectors.exact import ExactIndex, open_exact
from vespera_core.builtin.vectors.follower import MANY
from vespera_core.errors import EngineFault
from vespera_core.model.query import TaskQuery
from vespera_core.ports.provider import OpenContext
from vespera_core.ports.storage import Embedding, VectorMark

MODEL = "m@1"
EAST, NORTH, UP = np.eye(3, dtype=np.float32)


def index_of(ledger: Vespera) -> ExactIndex:
    return ExactIndex(ledger.kernel.storage, MODEL, 3)


def mark(ledger: Vespera, task_id: str, vector: Any, version: int | None = None) -> None:
    """Tie a vector to a task, as the core does some time after the event."""
    with ledger.kernel.storage.read() as reader:
        task = reader.tasks([task_id])[task_id]
    at = task.version if version is None else version

    def work(unit: Any) -> None:
        unit.put_embeddings(MODEL, [Embedding(task.project_id, f"{task_id}-{at}", vector.tobytes())])
        unit.put_vector_marks(MODEL, [VectorMark(task_id, at, task.project_id, f"{task_id}-{at}")])

    ledger.kernel.storage.write(work)


def add(ledger: Vespera, task_id: str, vector: Any = None, **fields: Any) -> None:
    ledger.tasks.create_task(task_id, task_id=task_id, **fields)
    if vector is not None:
        mark(ledger, task_id, vector)


def likeness(index: ExactIndex, vector: Any) -> dict[str, float]:
    return {one.task_id: round(one.likeness, 3) for one in index.nearest(vector, 100)}


def test_a_vector_that_comes_after_its_event_is_seen(ledger: Vespera) -> None:
    index = index_of(ledger)
    add(ledger, "a", EAST)
    assert likeness(index, EAST) == {"a": 1}
    add(ledger, "b")
    for _ in range(3):
        assert likeness(index, EAST) == {"a": 1}
    mark(ledger, "b", NORTH)
    assert likeness(index, NORTH) == {"a": 0, "b": 1}


def test_a_new_text_is_seen_when_its_vector_comes(ledger: Vespera) -> None:
    index = index_of(ledger)
    add(ledger, "a", EAST)
    assert likeness(index, EAST) == likeness(index, EAST) == {"a": 1}
    ledger.tasks.update_task("a", title="Another")
    assert likeness(index, EAST) == {"a": 1}, "the old vector, until there is a new one"
    mark(ledger, "a", UP)
    assert likeness(index, EAST) == {"a": 0}
    mark(ledger, "a", EAST, version=1)
    assert likeness(index, UP) == {"a": 1}, "a mark that comes late is passed over"


def test_what_was_lagging_when_the_index_was_opened_is_seen(ledger: Vespera) -> None:
    add(ledger, "a")
    add(ledger, "b", EAST)
    ledger.tasks.update_task("b", notes="now version 2")
    index = index_of(ledger)
    assert likeness(index, EAST) == {"b": 1}
    mark(ledger, "a", NORTH)
    mark(ledger, "b", UP)
    assert likeness(index, EAST) == {"a": 0, "b": 0}
    assert likeness(index, UP) == {"a": 0, "b": 1}


def test_deleted_between_the_first_two_questions(ledger: Vespera) -> None:
    add(ledger, "a", EAST)
    add(ledger, "b", NORTH)
    index = index_of(ledger)
    assert likeness(index, EAST) == {"a": 1, "b": 0}
    ledger.tasks.delete_task("a")
    assert likeness(index, EAST) == {"b": 0}
    ledger.tasks.restore_task("a")
    assert likeness(index, EAST) == {"a": 1, "b": 0}


def test_many_new_events_at_once(ledger: Vespera) -> None:
    index = index_of(ledger)
    add(ledger, "a", EAST)
    assert likeness(index, EAST) == likeness(index, EAST)
    ledger.tasks.create_task_tree([{"title": str(number), "task_id": f"n{number}"} for number in range(MANY + 10)])
    mark(ledger, "n7", EAST)
    assert likeness(index, EAST) == {"a": 1, "n7": 1}
    mark(ledger, "n8", EAST)
    assert likeness(index, EAST) == {"a": 1, "n7": 1, "n8": 1}


def test_another_process_writes(folder: Path) -> None:
    with Vespera.open(folder, actor="ann") as ours, Vespera.open(folder, actor="bob") as theirs:
        index = index_of(ours)
        add(theirs, "a", EAST)
        assert likeness(index, EAST) == likeness(index, EAST) == {"a": 1}
        add(theirs, "b", NORTH)
        theirs.tasks.delete_task("a")
        assert likeness(index, NORTH) == {"b": 1}


def test_few_tasks_are_compared_without_taking_in_the_rest(ledger: Vespera) -> None:
    add(ledger, "a", EAST, type="bug")
    add(ledger, "b", EAST)
    index = index_of(ledger)
    found = index.nearest(EAST, 10, TaskQuery(types=("bug",)))
    assert [one.task_id for one in found] == ["a"]
    assert [one.task_id for one in index.nearest(EAST, 10, among=["b"])] == ["b"]
    assert not index._follower.started
    assert index.count() == 2
    assert index._follower.started
    assert [one.task_id for one in index.nearest(EAST, 10, TaskQuery(types=("bug",)))] == ["a"]


def test_a_damaged_vector_is_left_out(ledger: Vespera) -> None:
    add(ledger, "a", EAST)
    add(ledger, "b", np.ones(5, dtype=np.float32))
    index = index_of(ledger)
    assert likeness(index, EAST) == likeness(index, EAST) == {"a": 1}
    assert [one.task_id for one in index.nearest(EAST, 10, among=["a", "b"])] == ["a"]


def test_another_length_is_refused(ledger: Vespera) -> None:
    with pytest.raises(EngineFault, match="4 numbers"):
        index_of(ledger).nearest(np.ones(4, dtype=np.float32), 1)
    with pytest.raises(EngineFault, match="primary store"):
        open_exact({}, OpenContext(None, lambda: 0))


def test_several_threads_ask_while_tasks_are_made(ledger: Vespera) -> None:
    index = index_of(ledger)
    for number in range(5):
        add(ledger, f"t{number}", EAST)

    def ask(_: int) -> bool:
        found = index.nearest(EAST, 1000)
        return len(found) == len({one.task_id for one in found}) and all(one.likeness == 1 for one in found)

    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(ask, range(60))
        for number in range(5, 20):
            add(ledger, f"t{number}", EAST)
        assert all(answers)
    assert index.count() == 20
    index.close()
    assert index.count() == 20, "closed, it starts anew"
