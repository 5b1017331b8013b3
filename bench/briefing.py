"""The context pack: what an agent reads before it begins, beside the rows that it is made of."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.measure import Figure, Sizes, Target, calls_in_turns
from bench.raw import connect
from bench.ready import RELATIONS
from bench.stores import Shape, Stores, database, opened, task_id
from bench.vectors import indexed
from vespera_core.app.context.requests import TaskContext

TASK = "SELECT * FROM task WHERE task_id = ?"
EVENTS = "SELECT * FROM event WHERE entity = ? ORDER BY seq"


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    shape = Shape(sizes.small, degree=3)
    folder = indexed(stores, shape)
    source = random.Random(1)
    asked = [task_id(source.randrange(shape.tasks)) for _ in range(sizes.calls)]
    ours, raw = itertools.cycle(asked), itertools.cycle(asked)
    read = _rows(folder)
    with opened(folder) as ledger:
        ledger.call("task.context", TaskContext(task_id=asked[-1]))  # takes the vectors in
        pairs = calls_in_turns(
            lambda: ledger.call("task.context", TaskContext(task_id=next(ours))), lambda: read(next(raw)), sizes.calls
        )
    yield Figure(f"context of a task of {shape.tasks:,}", pairs, Target("ours", 30), "its rows and events by sqlite3")


def _rows(folder: Path) -> Callable[[str], object]:
    store = connect(database(folder))

    def read(one: str) -> object:
        rows = store.execute(TASK, (one,)).fetchall()
        return rows, store.execute(RELATIONS, (json.dumps([one]),)).fetchall(), store.execute(EVENTS, (one,)).fetchall()

    return read
