"""Dependencies: the check for circles among many edges, and along one long chain."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.measure import Figure, Sizes, Target, calls_in_turns
from bench.raw import Commit, connect
from bench.stores import Shape, Stores, database, is_open, opened, task_id
from vespera_core.errors import CycleRefused

RIVAL_MS = 70
"""What beads publishes for the check along a chain of 5,000."""

REACHED = """
WITH RECURSIVE needed (task_id) AS (
  SELECT ?1 UNION SELECT target FROM relation JOIN needed ON source = needed.task_id AND kind = 'depends_on')
SELECT count(*) FROM needed WHERE task_id = ?2
"""


def figures(sizes: Sizes, stores: Stores) -> Iterator[Figure]:
    """The figures of this family."""
    yield _add(sizes, stores)
    yield _close(sizes, stores)


def new_edges(count: int, degree: int, folder: Path) -> Iterator[tuple[str, str]]:
    """Dependencies that close no circle and are not there yet, between tasks at random."""
    source = random.Random(degree)
    with connect(database(folder)) as store:
        there = set(store.execute("SELECT source, target FROM relation"))
    while True:
        low, high = sorted(source.sample(range(count), 2))
        edge = (task_id(high), task_id(low))
        if is_open(high) and edge not in there:
            there.add(edge)
            yield edge


def _add(sizes: Sizes, stores: Stores) -> Figure:
    shape = Shape(sizes.small, degree=3)
    folder = stores.filled(shape).folder
    edges = new_edges(shape.tasks, shape.degree, folder)
    commit = Commit(database(stores.fresh()))
    with opened(folder) as ledger:
        pairs = calls_in_turns(lambda: ledger.tasks.add_dependency(*next(edges)), commit, sizes.calls)
    commit.close()
    name = f"add a dependency, {shape.tasks:,} tasks, {shape.tasks * shape.degree:,} edges"
    return Figure(name, pairs, Target("ours - raw", 5), "one commit")


def _close(sizes: Sizes, stores: Stores) -> Figure:
    shape = Shape(sizes.chain, chain=True)
    folder = stores.filled(shape).folder
    first, last = task_id(0), task_id(shape.tasks - 1)
    with opened(folder) as ledger:

        def close() -> None:
            try:
                ledger.tasks.add_dependency(first, last)
            except CycleRefused:
                return
            raise AssertionError("a circle was let in")

        pairs = calls_in_turns(close, _walk(folder, last, first), max(5, sizes.calls // 10))
    return Figure(
        f"refuse to close a chain of {shape.tasks:,}", pairs, Target("ours", RIVAL_MS), "a recursive query by sqlite3"
    )


def _walk(folder: Path, start: str, end: str) -> Callable[[], object]:
    store = connect(database(folder))
    return lambda: store.execute(REACHED, (start, end)).fetchone()
